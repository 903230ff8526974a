"""Every amount the demo shop sends adds up to the cent, in its own currency and in the shopper's."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from regulars.demo import DemoEvent, generate, live_events

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
SIDES = ("shop_money", "presentment_money")
Sum = tuple[Decimal, Decimal]
ZERO: Sum = (Decimal(0), Decimal(0))


@pytest.fixture(scope="module")
def history() -> list[DemoEvent]:
    return list(chain(generate(11, 300, NOW), live_events(11, NOW)))


@pytest.fixture(scope="module")
def orders(history: list[DemoEvent]) -> list[dict[str, Any]]:
    """Every body of every order, not only the last."""
    return [event.body for event in history if event.topic.startswith("orders/")]


def both(money_set: dict[str, Any]) -> Sum:
    shop, shown = (Decimal(money_set[side]["amount"]) for side in SIDES)
    return shop, shown


def add(*sums: Sum) -> Sum:
    return sum((a for a, _ in sums), Decimal(0)), sum((b for _, b in sums), Decimal(0))


def minus(a: Sum, b: Sum) -> Sum:
    return a[0] - b[0], a[1] - b[1]


def times(a: Sum, number: int) -> Sum:
    return a[0] * number, a[1] * number


def discount(line: dict[str, Any]) -> Sum:
    return add(*(both(share["amount_set"]) for share in line["discount_allocations"]))


def tax(line: dict[str, Any]) -> Sum:
    return add(*(both(one["price_set"]) for one in line["tax_lines"]))


def charged(line: dict[str, Any]) -> Sum:
    return minus(times(both(line["price_set"]), line["quantity"]), discount(line))


def tip(order: dict[str, Any]) -> Sum:
    """The tip has no bag, so its shown side is what is left of the total."""
    shop = Decimal(order["total_tip_received"])
    rest = minus(both(order["total_price_set"]), without_tip(order))
    assert (rest[1] > 0) == (shop > 0)
    return shop, rest[1]


def without_tip(order: dict[str, Any]) -> Sum:
    shipping = add(*(both(line["discounted_price_set"]) for line in order["shipping_lines"]))
    on_top = ZERO if order["taxes_included"] else both(order["total_tax_set"])
    return add(both(order["subtotal_price_set"]), shipping, on_top)


def test_the_subtotal_is_the_lines_after_discounts(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        assert both(order["subtotal_price_set"]) == add(*map(charged, order["line_items"]))


def test_the_total_is_subtotal_shipping_tax_and_tip(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        assert both(order["total_price_set"]) == add(without_tip(order), tip(order))


def test_the_tax_is_that_of_lines_and_shipping(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        parts = add(*map(tax, order["line_items"]), *map(tax, order["shipping_lines"]))
        assert both(order["total_tax_set"]) == parts == tax(order)


def test_tax_is_within_a_cent_of_its_rate(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        for line in order["line_items"]:
            for one in line["tax_lines"]:
                rate = Decimal(str(one["rate"]))
                whole = 1 + rate if order["taxes_included"] else Decimal(1)
                for part, base in zip(both(one["price_set"]), charged(line), strict=True):
                    assert abs(part - base * rate / whole) <= Decimal("0.005")


def test_the_discounts_are_those_allocated(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        allocated = add(*map(discount, order["line_items"]), *map(discount, order["shipping_lines"]))
        assert both(order["total_discounts_set"]) == allocated


def test_no_line_costs_less_than_nothing(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        assert all(min(charged(line)) >= 0 for line in order["line_items"])


def test_strings_say_what_their_bags_say(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        for name in [key for key in order if f"{key}_set" in order]:
            assert order[name] == order[f"{name}_set"]["shop_money"]["amount"]


def test_shoppers_in_euro_see_what_the_shop_books(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        if order["presentment_currency"] == "EUR":
            shop, shown = both(order["total_price_set"])
            assert shop == shown


def test_a_refund_pays_what_it_lists(history: list[DemoEvent]) -> None:
    for event in history:
        if event.topic == "refunds/create" and event.body["transactions"]:
            paid = sum(Decimal(one["amount"]) for one in event.body["transactions"])
            assert paid == listed_in(event.body) > 0


def listed_in(refund: dict[str, Any]) -> Decimal:
    lines = sum(
        Decimal(str(line["subtotal"])) + Decimal(str(line["total_tax"])) for line in refund["refund_line_items"]
    )
    adjustments = [one[key] for one in refund["order_adjustments"] for key in ("amount", "tax_amount")]
    adjusted = sum(map(Decimal, adjustments), Decimal(0))
    return lines - adjusted


def test_numbers_of_refund_lines_say_what_their_bags_say(history: list[DemoEvent]) -> None:
    for event in history:
        if event.topic == "refunds/create":
            for line in event.body["refund_line_items"]:
                assert Decimal(str(line["subtotal"])) == both(line["subtotal_set"])[0]
                assert Decimal(str(line["total_tax"])) == both(line["total_tax_set"])[0]


def test_what_stands_and_what_came_back_make_the_whole(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        if not edited(order):
            back = [line for refund in order["refunds"] for line in refund["refund_line_items"]]
            included = order["taxes_included"]
            gone = [add(both(x["subtotal_set"]), both(x["total_tax_set"]) if included else ZERO) for x in back]
            assert both(order["subtotal_price_set"]) == add(both(order["current_subtotal_price_set"]), *gone)


def test_quantities_fall_by_what_came_back(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        if not edited(order):
            back = [line for refund in order["refunds"] for line in refund["refund_line_items"]]
            for line in order["line_items"]:
                gone = sum(one["quantity"] for one in back if one["line_item_id"] == line["id"])
                assert line["current_quantity"] == line["quantity"] - gone


def edited(order: dict[str, Any]) -> bool:
    return not order["refunds"] and any(line["current_quantity"] != line["quantity"] for line in order["line_items"])


def test_current_total_is_what_still_stands(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        on_top = ZERO if order["taxes_included"] else both(order["current_total_tax_set"])
        parts = add(both(order["current_subtotal_price_set"]), both(order["current_shipping_price_set"]), on_top)
        assert both(order["current_total_price_set"]) == add(parts, tip(order))


def test_refunded_means_all_of_the_money_and_partially_means_less(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        paid_back = sum(Decimal(one["amount"]) for refund in order["refunds"] for one in refund["transactions"])
        total = Decimal(order["total_price"])
        if order["financial_status"] == "refunded":
            assert paid_back == total
        elif order["financial_status"] == "partially_refunded":
            assert 0 < paid_back < total
        else:
            assert paid_back == 0


def test_later_bodies_carry_every_refund_told(history: list[DemoEvent]) -> None:
    told: dict[int, list[int]] = {}
    for event in history:
        if event.topic == "refunds/create":
            told.setdefault(event.body["order_id"], []).append(event.body["id"])
        elif event.topic.startswith("orders/"):
            assert [one["id"] for one in event.body["refunds"]] == told.get(event.body["id"], [])


def test_unpaid_orders_owe_their_total_and_an_edit_leaves_a_credit(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        if order["financial_status"] in {"pending", "authorized"}:
            assert order["total_outstanding"] == order["total_price"]
    assert any(Decimal(order["total_outstanding"]) < 0 for order in orders if edited(order))
