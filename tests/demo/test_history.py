"""The demo shop's two years: the same each time, in order, and with everything that can happen to a shop."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from regulars.demo import SHOP, DemoEvent, featured_customer, generate

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
SMALL, SEEDS = 60, (1, 2, 3)


@pytest.fixture(scope="module", params=SEEDS)
def history(request: pytest.FixtureRequest) -> list[DemoEvent]:
    return list(generate(request.param, SMALL, NOW))


@pytest.fixture(scope="module")
def orders(history: list[DemoEvent]) -> list[dict[str, Any]]:
    """The last body of each order."""
    return list({event.body["id"]: event.body for event in bodies(history, "orders/")}.values())


def bodies(history: list[DemoEvent], topic: str) -> Iterator[DemoEvent]:
    return (event for event in history if event.topic.startswith(topic))


def test_the_same_seed_tells_the_same_story() -> None:
    assert list(generate(4, 40, NOW)) == list(generate(4, 40, NOW))


def test_another_seed_tells_another_story() -> None:
    assert list(generate(4, 40, NOW)) != list(generate(5, 40, NOW))


def test_events_come_in_order_of_time(history: list[DemoEvent]) -> None:
    assert all(earlier.at <= later.at for earlier, later in pairwise(history))


def test_a_busy_day_is_in_order_too() -> None:
    assert all(earlier.at <= later.at for earlier, later in pairwise(generate(1, 3000, NOW)))


def test_history_covers_two_years_and_stops_before_now(history: list[DemoEvent]) -> None:
    assert NOW - timedelta(days=732) < history[0].at < NOW - timedelta(days=729)
    assert history[-1].at < NOW
    assert all(event.at.utcoffset() == timedelta(0) for event in history)


@pytest.mark.parametrize("number", [1, 7, 60, 333])
def test_there_are_as_many_orders_as_asked_for(number: int) -> None:
    placed = [event.body["id"] for event in generate(9, number, NOW) if event.topic == "orders/create"]
    assert len(placed) == len(set(placed)) == number


def test_every_body_is_json(history: list[DemoEvent]) -> None:
    for event in history:
        assert json.loads(json.dumps(event.body)) == event.body


def test_every_topic_occurs(history: list[DemoEvent]) -> None:
    assert {(event.source, event.topic) for event in history} == {
        *(("shopify", f"orders/{what}") for what in ("create", "paid", "updated", "cancelled")),
        *(("shopify", topic) for topic in ("refunds/create", "customers/create", "customers/update")),
        *(("standard", topic) for topic in ("product.updated", "review.created", "review.updated")),
    }


def test_every_financial_status_occurs(orders: list[dict[str, Any]], history: list[DemoEvent]) -> None:
    last = {order["financial_status"] for order in orders}
    assert last >= {"paid", "pending", "partially_refunded", "refunded", "voided"}
    created = {event.body["financial_status"] for event in history if event.topic == "orders/create"}
    assert created == {"paid", "pending", "authorized"}


def test_pending_and_authorized_orders_are_paid_later(history: list[DemoEvent]) -> None:
    first = {event.body["id"]: event.body["financial_status"] for event in history if event.topic == "orders/create"}
    paid = {event.body["id"] for event in history if event.topic == "orders/paid"}
    assert {first[order] for order in paid} == {"paid", "pending", "authorized"}


def test_every_kind_of_refund_occurs(history: list[DemoEvent]) -> None:
    kinds = Counter(refund_kind(event.body) for event in history if event.topic == "refunds/create")
    assert set(kinds) >= {"lines", "lines and shipping", "shipping", "amount", "lines without money"}


def refund_kind(refund: dict[str, Any]) -> str:
    shipping, lines = bool(refund["refund_shipping_lines"]), bool(refund["refund_line_items"])
    if not refund["transactions"]:
        return "lines without money"
    if lines:
        return "lines and shipping" if shipping else "lines"
    return "shipping" if shipping else "amount"


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(lambda o: o["test"], id="test order"),
        pytest.param(lambda o: o["customer"] is None and not o["test"], id="guest"),
        pytest.param(lambda o: not o["taxes_included"] and o["total_tax"] != "0.00", id="tax on top"),
        pytest.param(lambda o: o["taxes_included"] and o["total_tax"] != "0.00", id="tax included"),
        pytest.param(lambda o: o["total_tip_received"] != "0.00", id="tip"),
        pytest.param(lambda o: any(line["gift_card"] for line in o["line_items"]), id="gift card bought"),
        pytest.param(lambda o: "gift_card" in o["payment_gateway_names"], id="paid by gift card"),
        pytest.param(lambda o: o["total_price"] == "0.00", id="free"),
        pytest.param(lambda o: o["presentment_currency"] == "CZK", id="koruna"),
        pytest.param(lambda o: o["presentment_currency"] == "USD", id="dollar"),
        pytest.param(lambda o: [c["type"] for c in o["discount_codes"]] == ["percentage"], id="percent code"),
        pytest.param(lambda o: [c["type"] for c in o["discount_codes"]] == ["fixed_amount"], id="amount code"),
        pytest.param(lambda o: [c["type"] for c in o["discount_codes"]] == ["shipping"], id="shipping code"),
        pytest.param(lambda o: o["cancelled_at"] and o["financial_status"] == "refunded", id="cancelled, paid"),
        pytest.param(lambda o: o["cancelled_at"] and o["financial_status"] == "voided", id="cancelled, unpaid"),
        pytest.param(lambda o: len(o["refunds"]) == 2, id="refunded in two parts"),
        pytest.param(lambda o: o["fulfillment_status"] == "fulfilled", id="shipped"),
        pytest.param(
            lambda o: not o["refunds"] and any(not line["current_quantity"] for line in o["line_items"]), id="edited"
        ),
    ],
)
def test_a_small_shop_has_every_case(orders: list[dict[str, Any]], case: Any) -> None:
    assert any(case(order) for order in orders)


def test_a_guest_order_finds_its_customer_later(history: list[DemoEvent]) -> None:
    first = {event.body["id"] for event in history if event.topic == "orders/create" and not event.body["customer"]}
    later = {event.body["id"] for event in history if event.topic == "orders/updated" and event.body["customer"]}
    assert first & later


def test_nobody_orders_before_they_are_known(history: list[DemoEvent]) -> None:
    known: set[int] = set()
    for event in history:
        if event.topic == "customers/create":
            known.add(event.body["id"])
        elif event.topic.startswith("orders/") and event.body["customer"]:
            assert event.body["customer"]["id"] in known


def test_reviews_go_every_way(history: list[DemoEvent]) -> None:
    courses: dict[str, list[str]] = {}
    for event in bodies(history, "review."):
        courses.setdefault(event.body["data"]["id"], []).append(event.body["data"]["status"])
    assert {tuple(course) for course in courses.values()} >= {
        ("approved",),
        ("pending",),
        ("pending", "approved"),
        ("pending", "approved", "hidden"),
        ("pending", "hidden"),
        ("approved", "deleted"),
    }


def test_somebody_reviews_the_same_product_twice(history: list[DemoEvent]) -> None:
    data = [event.body["data"] for event in history if event.topic == "review.created"]
    written = Counter((review["customer"]["id"], review["product_id"]) for review in data)
    assert 2 in written.values()


def test_somebody_reviews_what_nobody_bought(history: list[DemoEvent], orders: list[dict[str, Any]]) -> None:
    bought = {str(line["product_id"]) for order in orders for line in order["line_items"]}
    assert {event.body["data"]["product_id"] for event in bodies(history, "review.")} - bought


def test_the_featured_customer_is_a_regular(orders: list[dict[str, Any]]) -> None:
    hers = [order for order in orders if order["customer"] and order["customer"]["id"] == featured_customer.id]
    assert len(hers) >= 12


def test_ids_have_thirteen_digits_and_are_their_own(orders: list[dict[str, Any]]) -> None:
    ids = [line["id"] for order in orders for line in order["line_items"]] + [order["id"] for order in orders]
    assert len(ids) == len(set(ids))
    assert {len(str(number)) for number in ids} == {13}


def test_mail_goes_nowhere_real(history: list[DemoEvent]) -> None:
    emails = [event.body["email"] for event in history if event.topic == "customers/create"]
    assert len(emails) == len(set(emails))
    assert all(email.isascii() and email.endswith(("@example.com", "@example.org")) for email in emails)


def test_names_keep_their_letters(history: list[DemoEvent]) -> None:
    names = " ".join(event.body["last_name"] for event in history if event.topic == "customers/create")
    assert not names.isascii()


def test_orders_are_looked_up_at_the_shop(orders: list[dict[str, Any]]) -> None:
    assert all(order["order_status_url"].startswith(f"https://{SHOP.domain}/") for order in orders)


def test_advent_is_the_busiest_time() -> None:
    months = Counter(event.at.month for event in generate(1, 1500, NOW) if event.topic == "orders/create")
    assert months[12] > 1.5 * months[7]


def test_orders_are_placed_by_day() -> None:
    placed = (event.at for event in generate(1, 600, NOW) if event.topic == "orders/create")
    hours = Counter(at.astimezone(SHOP.zone).hour for at in placed)
    assert sum(hours[hour] for hour in range(1, 6)) < 20
