"""What an order of Shopify is worth, line by line, in the shop's money."""

from decimal import Decimal
from typing import Any

import pytest

from regulars.errors import Unusable
from regulars.facts import CustomerRef, LineSeen, OrderSeen, PaymentStatus
from regulars_webhooks.shopify.normalise import normalise
from tests.webhooks.bodies import envelope, line, order, refund


def read(body: dict[str, Any], **changes: Any) -> OrderSeen:
    (fact,) = normalise(envelope(body, **changes)).facts
    assert isinstance(fact, OrderSeen)
    return fact


def only_line(body: dict[str, Any], **changes: Any) -> LineSeen:
    (seen,) = read(body, **changes).lines
    return seen


def test_a_line_is_price_times_pieces_less_its_discounts() -> None:
    assert only_line(order()).net_minor == 11025


def test_tax_inside_the_price_is_taken_out_of_the_line() -> None:
    assert only_line(order(taxes_included=True)).net_minor == 11025 - 900


def test_where_no_line_tells_its_tax_the_order_shares_it_out_and_shipping_takes_its_part() -> None:
    lines = [line(tax_lines=[], discount_allocations=[], quantity=1, price="93.00")]
    assert only_line(order(taxes_included=True, total_tax="10.00", line_items=lines)).net_minor == 9300 - 930


def test_old_orders_share_the_discount_out_to_the_last_cent() -> None:
    lines = [line(id=number, price="10.00", quantity=1, discount_allocations=None) for number in (1, 2, 3)]
    nets = [seen.net_minor for seen in read(order(total_discounts="10.00", line_items=lines)).lines]
    assert nets == [666, 667, 667]


def test_an_old_discount_on_shipping_does_not_touch_the_lines() -> None:
    old = order(
        line_items=[line(discount_allocations=None)],
        total_discounts="7.00",
        discount_codes=[{"code": "SHIPFREE", "amount": "7.00", "type": "shipping"}],
    )
    assert only_line(old).net_minor == 12050


def test_a_discount_larger_than_the_line_leaves_zero() -> None:
    assert only_line(order(line_items=[line(discount_allocations=[{"amount": "999.00"}])])).net_minor == 0


def test_without_a_current_quantity_refunded_pieces_are_counted_off() -> None:
    old = line()
    del old["current_quantity"]
    assert only_line(order(line_items=[old], refunds=[refund()])).current_quantity == 1


def test_a_gift_card_is_marked() -> None:
    assert only_line(order(line_items=[line(gift_card=True)])).gift_card


def test_refunds_inside_the_order_are_seen() -> None:
    (seen,) = read(order(refunds=[refund()])).refunds
    assert (seen.order_id, seen.id, seen.money_minor) == ("900001", "41", 5962)
    assert [(part.line_id, part.quantity, part.net_minor) for part in seen.lines] == [("11", 1, 5512)]


def test_money_paid_back_in_the_shoppers_currency_is_counted_in_the_shops() -> None:
    abroad = refund(transactions=[{"kind": "refund", "status": "success", "amount": "9000", "currency": "JPY"}])
    (seen,) = read(order(refunds=[abroad])).refunds
    assert seen.money_minor == 5512 + 450


def test_money_kept_back_is_not_counted_as_paid() -> None:
    kept = refund(
        transactions=[{"kind": "refund", "status": "success", "amount": "1", "currency": "JPY"}],
        order_adjustments=[{"kind": "refund_discrepancy", "amount": "9.62", "tax_amount": "0.00"}],
    )
    (seen,) = read(order(refunds=[kept])).refunds
    assert seen.money_minor == 5000


def test_a_refund_that_failed_paid_nothing() -> None:
    failed = refund(transactions=[{"kind": "refund", "status": "failure", "amount": "59.62", "currency": "USD"}])
    assert read(order(refunds=[failed])).refunds[0].money_minor == 0


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("paid", PaymentStatus.PAID),
        ("partially_refunded", PaymentStatus.PAID),
        ("refunded", PaymentStatus.REFUNDED),
        ("voided", PaymentStatus.VOIDED),
        ("authorized", PaymentStatus.PENDING),
        ("partially_paid", PaymentStatus.PENDING),
        (None, PaymentStatus.PENDING),
    ],
)
def test_only_a_whole_payment_is_paid(word: str | None, status: PaymentStatus) -> None:
    assert read(order(financial_status=word)).payment is status


def test_a_guest_is_known_by_the_address_alone() -> None:
    assert read(order(customer=None, email="guest@example.com")).customer == CustomerRef(email="guest@example.com")


def test_an_order_of_nobody_has_no_customer() -> None:
    assert read(order(customer=None, email="", contact_email=None)).customer is None


def test_ids_beyond_what_javascript_counts_keep_every_digit() -> None:
    assert read(order(id=820982911946154508)).id == "820982911946154508"


def test_yen_have_no_cents_and_dinars_have_three() -> None:
    yen = order(currency="JPY", line_items=[line(price="12050", quantity=1, discount_allocations=[])])
    dinars = order(currency="KWD", line_items=[line(price="12.345", quantity=1, discount_allocations=[])])
    assert only_line(yen, currency="JPY").net_minor == 12050
    assert only_line(dinars, currency="KWD").net_minor == 12345


def test_no_binary_fraction_enters() -> None:
    body = b'{"id":1,"currency":"USD","created_at":"2026-01-01T00:00:00Z","total_price":0.285,"line_items":[]}'
    (fact,) = normalise(envelope(body)).facts
    assert isinstance(fact, OrderSeen)
    assert fact.total_minor == int(Decimal("0.285").scaleb(2).to_integral_value("ROUND_HALF_UP"))


def test_an_order_in_another_currency_says_what_to_do() -> None:
    with pytest.raises(Unusable, match="--currency EUR"):
        normalise(envelope(order(currency="EUR")))


STATUS_PAGE = "https://beta-test.myshopify.com/1/orders/abc/authenticate"


def test_an_order_of_another_shop_of_the_app_is_noticed() -> None:
    with pytest.raises(Unusable, match="belongs to another shop"):
        normalise(envelope(order(order_status_url=STATUS_PAGE), claimed=True))


def test_at_the_shops_own_address_the_secret_is_proof_enough() -> None:
    assert read(order(order_status_url=STATUS_PAGE)).id == "900001"


def test_the_inbox_learns_whom_it_concerns() -> None:
    batch = normalise(envelope(order()))
    assert (batch.order_id, batch.customer_id) == ("900001", "1001")
