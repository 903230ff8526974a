"""Customers, products and what is deleted."""

from datetime import UTC, datetime
from typing import Any

import pytest

from regulars.facts import CustomerDeleted, CustomerRef, CustomerSeen, OrderDeleted, ProductSeen, RefundSeen
from regulars_webhooks.shopify.normalise import normalise
from regulars_webhooks.shopify.topics import TOPICS
from tests.webhooks.bodies import NOW, envelope, refund


def read(body: dict[str, Any], topic: str) -> Any:
    (fact,) = normalise(envelope(body, topic)).facts
    return fact


def customer(**changes: Any) -> dict[str, Any]:
    return {"id": 1001, "email": "a1@example.com", "first_name": "Ada", "last_name": "One"} | changes


def test_a_customer_has_a_name_an_address_and_a_time() -> None:
    seen = read(customer(updated_at="2026-11-20T10:00:00Z"), "customers/update")
    ada = CustomerRef("1001", "a1@example.com", None, "Ada One")
    assert seen == CustomerSeen(ada, datetime(2026, 11, 20, 10, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("words", "consent"),
    [
        ({"email_marketing_consent": {"state": "subscribed"}}, True),
        ({"email_marketing_consent": {"state": "pending"}}, False),
        ({"email_marketing_consent": {"state": "unsubscribed"}, "accepts_marketing": True}, False),
        ({"accepts_marketing": True}, True),
        ({}, None),
    ],
)
def test_consent_is_only_what_was_said(words: dict[str, Any], consent: bool | None) -> None:
    assert read(customer(**words), "customers/update").marketing_consent is consent


def test_a_refund_alone_knows_its_order() -> None:
    seen = read(refund(), "refunds/create")
    assert isinstance(seen, RefundSeen)
    assert (seen.order_id, seen.lines[0].net_minor, seen.money_minor) == ("900001", 5512, 5962)


def test_an_old_refund_is_worth_its_share_of_the_embedded_line() -> None:
    embedded = {"price": "60.25", "quantity": 2, "discount_allocations": [{"amount": "10.25"}]}
    old = refund(refund_line_items=[{"line_item_id": 11, "quantity": 1, "line_item": embedded}])
    assert read(old, "refunds/create").lines[0].net_minor == 5512


def test_what_is_deleted_is_deleted_when_we_heard_of_it() -> None:
    assert read({"id": 5}, "orders/delete") == OrderDeleted("5", NOW)
    assert read({"id": 6}, "customers/delete") == CustomerDeleted("6", NOW)
    assert read({"id": 7}, "products/delete") == ProductSeen("7", "", NOW, deleted=True)


def test_a_product_has_its_variants_and_tags() -> None:
    body = {
        "id": 21,
        "title": "Mug",
        "tags": "blue, clay",
        "variants": [{"id": 31, "price": "60.25", "inventory_quantity": -1}],
    }
    seen = read(body, "products/update")
    assert (seen.tags, seen.variants[0].price_minor, seen.variants[0].stock) == (("blue", "clay"), 6025, -1)


def test_every_topic_is_read_or_says_why_not() -> None:
    assert [name for name, topic in TOPICS.items() if bool(topic.reads) == bool(topic.ignored)] == []
