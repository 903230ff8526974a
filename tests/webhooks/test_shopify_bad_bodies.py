"""What no store should send, and one day will: each ends as a sentence that names the place, quickly."""

import time
from datetime import timedelta
from typing import Any

import pytest

from regulars.errors import Unusable
from regulars_webhooks.shopify.normalise import normalise
from tests.webhooks.bodies import envelope, line, order, refund

DEEP = b"[" * 10_000 + b"]" * 10_000


def trouble(body: Any, topic: str = "orders/updated") -> str:
    with pytest.raises(Unusable) as caught:
        normalise(envelope(body, topic))
    return caught.value.detail


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"id":900001,', "unparseable"),
        (b'{"id":1,"note":"\xff\xfe"}', "not UTF-8"),
        (b"[]", "array"),
        (b"null", "null"),
        (DEEP, "shape"),
        (b'{"id":1,"note":' + DEEP + b"}", "nested too deeply"),
        (order(total_price="abc"), "$.total_price"),
        (order(id=None), "$.id"),
        (order(id=1.5), "$.id"),
        (order(id=""), "id"),
        (order(line_items={}), "$.line_items"),
        (order(line_items=[line(price=None)]), "$.line_items[0].price"),
        (order(line_items=[line(quantity=-1)]), "$.line_items[0].quantity"),
        (order(line_items=[line(quantity=10**30)]), "$.line_items[0].quantity"),
        (order(line_items=[line(price="-5")]), "line_items[0].price"),
        (order(total_price="1e999999999"), "total_price"),
        (order(total_price="NaN"), "total_price"),
        (order(total_price="9" * 30), "total_price"),
        (order(line_items=[line(price="9e14", quantity=10**9)]), "line_items[0].price"),
        (order(created_at=None), "created_at"),
        (order(updated_at="yesterday"), "updated_at"),
        (order(updated_at="2026-11-20T10:00:00"), "updated_at"),
        (order(refunds=[refund(id=None)]), "$.refunds[0].id"),
    ],
)
def test_a_bad_order_names_the_place(body: Any, place: str) -> None:
    started = time.monotonic()
    assert place in trouble(body)
    assert time.monotonic() - started < 1


def test_a_refund_without_its_order_is_unusable() -> None:
    assert "order_id" in trouble(refund(order_id=None), "refunds/create")


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        (order(), "orders/delete"),
        (order(), "customers/update"),
        (order(admin_graphql_api_id="gid://shopify/Order/900001"), "customers/delete"),
        ({"id": 1, "admin_graphql_api_id": "gid://shopify/Customer/1"}, "orders/delete"),
        (refund(), "orders/updated"),
    ],
)
def test_a_captured_body_under_another_topic_does_nothing(body: Any, topic: str) -> None:
    assert trouble(body, topic)


def test_a_topic_that_is_missing_is_unusable() -> None:
    assert "X-Shopify-Topic" in trouble(order(), "")


def test_a_topic_nobody_knows_is_ignored_with_its_name() -> None:
    assert "orders/exploded" in (normalise(envelope(order(), "orders/exploded")).ignored or "")


def test_zero_characters_do_not_reach_the_database() -> None:
    (fact,) = normalise(envelope(order(line_items=[line(title="Mu\x00g")]))).facts
    assert fact.lines[0].title == "Mug"  # type: ignore[union-attr]


def test_a_deletion_did_not_happen_in_the_future() -> None:
    sent = envelope({"id": 1}, "orders/delete")
    early = envelope({"id": 1}, "orders/delete", triggered_at=sent.received_at.replace(year=2099))
    assert normalise(early).facts[0].occurred_at == sent.received_at


def test_a_deletion_is_not_older_than_the_order_because_our_clock_is_behind() -> None:
    sent = envelope({"id": 1}, "orders/delete")
    ahead = sent.received_at + timedelta(seconds=30)
    assert normalise(envelope({"id": 1}, "orders/delete", triggered_at=ahead)).facts[0].occurred_at == ahead
