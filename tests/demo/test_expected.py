"""What the demo says should come out, and what happens in it today."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from regulars.demo import DemoEvent, expectations, featured_customer, generate, live_events
from regulars.demo.expected import order_points

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def an_order(**changes: Any) -> dict[str, Any]:
    line = {
        "id": 1, "product_id": 7, "gift_card": False, "price": "10.00", "quantity": 3, "current_quantity": 3,
        "discount_allocations": [{"amount": "1.00"}], "tax_lines": [{"price": "3.11"}],
    }  # fmt: skip
    order = {
        "id": 5, "customer": {"id": 9}, "financial_status": "paid", "test": False, "cancelled_at": None,
        "taxes_included": True, "refunds": [], "line_items": [line], "updated_at": "2026-01-01T10:00:00+01:00",
    }  # fmt: skip
    return order | changes


def told(body: dict[str, Any], topic: str = "orders/updated") -> DemoEvent:
    return DemoEvent(NOW, "shopify", topic, body)


def a_review(status: str, number: str = "r1", product: str = "7") -> DemoEvent:
    data = {
        "id": number,
        "product_id": product,
        "customer": {"id": "9"},
        "status": status,
        "updated_at": "2026-02-01T10:00:00Z",
    }
    return DemoEvent(NOW, "standard", "review.updated", {"data": data})


def test_a_point_for_each_whole_euro_without_tax() -> None:
    assert order_points(an_order()) == 25


def test_tax_on_top_is_not_part_of_the_price() -> None:
    assert order_points(an_order(taxes_included=False)) == 29


def test_a_returned_piece_takes_its_share() -> None:
    order = an_order(refunds=[{"refund_line_items": [{"line_item_id": 1, "subtotal": 8.63}]}])
    order["line_items"][0]["current_quantity"] = 2
    assert order_points(order) == 17


@pytest.mark.parametrize(
    "changes", [{"test": True}, {"financial_status": "pending"}, {"cancelled_at": "2026-01-02T10:00:00+01:00"}]
)
def test_what_is_not_a_sale_earns_nothing(changes: dict[str, Any]) -> None:
    assert expectations([told(an_order(**changes))]) == {}


def test_an_older_body_that_comes_late_changes_nothing() -> None:
    stale = an_order(updated_at="2025-12-31T10:00:00+01:00", financial_status="pending")
    assert expectations([told(an_order()), told(stale)]) == {"9": 25}


def test_two_approved_reviews_of_one_product_count_once() -> None:
    assert expectations([told(an_order()), a_review("approved"), a_review("approved", "r2")]) == {"9": 75}


def test_a_review_of_what_was_not_bought_earns_nothing() -> None:
    assert expectations([told(an_order()), a_review("approved", product="8")]) == {"9": 25}


def test_a_hidden_review_earns_nothing() -> None:
    assert expectations([told(an_order()), a_review("hidden")]) == {"9": 25}


def test_the_same_delivery_twice_expects_the_same_points() -> None:
    history = [*generate(3, 60, NOW), *live_events(3, NOW)]
    assert expectations(history) == expectations([event for event in history for _ in range(2)])


def test_today_follows_history_and_ends_before_now() -> None:
    day, history = live_events(2, NOW), list(generate(2, 60, NOW))
    assert history[-1].at <= day[0].at
    assert all(earlier.at <= later.at for earlier, later in pairwise(day))
    assert NOW - timedelta(hours=1) < day[0].at < day[-1].at <= NOW


def test_today_delivers_one_payment_of_the_featured_customer_twice() -> None:
    paid = [event for event in live_events(2, NOW) if event.topic == "orders/paid"]
    twice = [event for event in paid if paid.count(event) == 2]
    assert {event.body["customer"]["id"] for event in twice} == {featured_customer.id}


def test_today_has_first_orders_a_refund_a_cancellation_and_a_review() -> None:
    topics = {event.topic for event in live_events(2, NOW)}
    assert topics >= {"customers/create", "orders/paid", "refunds/create", "orders/cancelled", "review.updated"}


def test_ids_and_addresses_of_today_are_new() -> None:
    history, day = list(generate(2, 400, NOW)), live_events(2, NOW)
    for topic, key in (("orders/create", "id"), ("orders/create", "name"), ("customers/create", "email")):
        before = {event.body[key] for event in history if event.topic == topic}
        assert not before & {event.body[key] for event in day if event.topic == topic}


def test_today_pays_the_featured_customer_for_order_and_review() -> None:
    points = expectations(live_events(2, NOW))
    assert points[str(featured_customer.id)] > 50
