"""What the program should have issued for a stream of events, worked out from the bodies alone.

Deliberately another way than the app's: the last state of every order and review, added up once at the end.
One point per whole 1.00 of standing line net per order (no gift cards, shipping, tax, tip), 50 for a standing
approved review of a bought product, once per product. No tiers, no campaigns.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars.demo.shop import Body, DemoEvent

POINTS_PER_REVIEW = 50
_EARNING = {"paid", "partially_refunded"}


def expectations(events: Iterable[DemoEvent]) -> dict[str, int]:
    """Points each customer id should have been issued in all; customers with none are left out."""
    orders, reviews = _last_states(events)
    points: Counter[str] = Counter()
    bought: set[tuple[str, str]] = set()
    for order in orders.values():
        if order["customer"] and _earns(order):
            customer = str(order["customer"]["id"])
            points[customer] += order_points(order)
            bought |= {(customer, str(line["product_id"])) for line in order["line_items"] if line["current_quantity"]}
    for customer, product in {_writer(review) for review in reviews.values() if review["status"] == "approved"}:
        if (customer, product) in bought:
            points[customer] += POINTS_PER_REVIEW
    return {customer: number for customer, number in points.items() if number}


def order_points(order: Body) -> int:
    """The points of one order body as it stands, without a tier's multiplier."""
    return order_minor(order) // 100


def order_minor(order: Body) -> int:
    """The cents of one order body that earn as it stands."""
    if not _earns(order):
        return 0
    refunded: Counter[int] = Counter()
    for refund in order["refunds"]:
        for line in refund["refund_line_items"]:
            refunded[line["line_item_id"]] += minor(line["subtotal"])
    lines = [line for line in order["line_items"] if not line["gift_card"]]
    return sum(_standing_minor(line, order["taxes_included"], refunded[line["id"]]) for line in lines)


def minor(amount: str | float) -> int:
    """A decimal amount of the platform, string or number, in cents."""
    return int((Decimal(str(amount)) * 100).to_integral_exact())


def _standing_minor(line: Body, taxes_included: bool, refunded_minor: int) -> int:
    quantity: int = line["quantity"]
    net = minor(line["price"]) * quantity
    net -= sum(minor(share["amount"]) for share in line["discount_allocations"])
    if taxes_included:
        net -= sum(minor(tax["price"]) for tax in line["tax_lines"])
    return min(net * int(line["current_quantity"]) // quantity, net - refunded_minor)


def _earns(order: Body) -> bool:
    return order["financial_status"] in _EARNING and not order["test"] and order["cancelled_at"] is None


def _writer(review: Body) -> tuple[str, str]:
    return review["customer"]["id"], review["product_id"]


def _last_states(events: Iterable[DemoEvent]) -> tuple[dict[int, Any], dict[str, Any]]:
    orders: dict[int, Body] = {}
    reviews: dict[str, Body] = {}
    for event in events:
        if event.topic.startswith("orders/"):
            _keep_newer(orders, event.body)
        elif event.topic.startswith("review."):
            _keep_newer(reviews, event.body["data"])
    return orders, reviews


def _keep_newer(kept: dict[Any, Body], body: Body) -> None:
    known = kept.get(body["id"])
    if known is None or _updated(body) >= _updated(known):
        kept[body["id"]] = body


def _updated(body: Body) -> datetime:
    return datetime.fromisoformat(body["updated_at"])
