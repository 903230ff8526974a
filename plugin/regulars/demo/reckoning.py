"""Compares the ledger with what the shop's own documents give: worked out another way, and to the point.

The points of an order are its standing cents times the multiplier of the tier that its customer was on. The cents come
from the last body of each order alone. Whether a multiplier is right follows from what the customer had earned by then:
the orders whose hold was over, at their least and at their most (an order can be refunded later). Only where the
threshold lies between the two may the ledger have either.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import customers, ledger
from regulars.demo.expected import POINTS_PER_REVIEW, expectations, order_minor
from regulars.demo.shop import DemoEvent

_HOLD = timedelta(days=14)
_GOLD_AT = 2000
_GOLD = Fraction(5, 4)
_ONE = Fraction(1)


@dataclass
class _Told:
    """One order as its documents told it: the last state, and all it was worth since it first earned."""

    placed_at: datetime
    earned_at: datetime | None = None
    customer: str | None = None
    updated_at: datetime | None = None
    minor: int = 0
    all_minor: list[int] = field(default_factory=list)

    def hear(self, body: dict[str, Any], at: datetime) -> None:
        """One more document, told at `at`."""
        updated_at = datetime.fromisoformat(str(body["updated_at"]))
        worth = order_minor(body)
        if worth or self.all_minor:
            self.earned_at = self.earned_at or at
            self.all_minor.append(worth)
        if self.updated_at is None or updated_at >= self.updated_at:
            who = body["customer"]
            self.customer = str(who["id"]) if who else None
            self.updated_at, self.minor = updated_at, worth


@dataclass
class _Earned:
    """What a customer may have earned: at most so much from the one moment on, at least so much from the other on."""

    possibly_at: datetime
    surely_at: datetime
    least: int
    most: int


def differences(session: Session, shop_id: int, events: Iterable[DemoEvent]) -> list[str]:
    """Every customer and order whose points are not what the events give, in a sentence each; none when all is right."""
    events = list(events)
    orders = _orders(events)
    reviews = _approved(events)
    posted, multipliers = _posted(session, shop_id)
    wrong: list[str] = []
    expected = dict(expectations(events))
    for customer, mine in _by_customer(orders).items():
        earned = [_Earned(at, at, 0, POINTS_PER_REVIEW) for at in reviews.get(customer, ())]
        for order_id, order in mine:
            multiplier = multipliers.get(order_id, _ONE)
            if order_id in multipliers and multiplier not in _possible(earned, order.placed_at):
                wrong.append(f"order {order_id} was multiplied with {multiplier}: its customer's tier gives another")
            expected[customer] = (
                expected.get(customer, 0) + _points(order.minor, multiplier) - _points(order.minor, _ONE)
            )
            if order.earned_at:
                worth = [_points(minor, multiplier) for minor in order.all_minor]
                released_at = order.placed_at + _HOLD
                earned.append(_Earned(released_at, max(released_at, order.earned_at), min(worth), max(worth)))
    for customer in sorted(expected.keys() | posted.keys()):
        due, stands = expected.get(customer, 0), posted.get(customer, 0)
        if due != stands:
            wrong.append(f"customer {customer} has {stands} points posted, {due} are due")
    return wrong


def _points(minor: int, multiplier: Fraction) -> int:
    return int(minor * multiplier / 100)


def _possible(earned: Sequence[_Earned], at: datetime) -> set[Fraction]:
    """The multipliers that the ladder allows for an order placed at `at`."""
    possible = set()
    if sum(one.most for one in earned if one.possibly_at <= at) >= _GOLD_AT:
        possible.add(_GOLD)
    if sum(one.least for one in earned if one.surely_at <= at) < _GOLD_AT:
        possible.add(_ONE)
    return possible


def _orders(events: Iterable[DemoEvent]) -> dict[str, _Told]:
    orders: dict[str, _Told] = {}
    for event in events:
        if event.topic.startswith("orders/"):
            body = event.body
            placed_at = datetime.fromisoformat(body["created_at"])
            orders.setdefault(str(body["id"]), _Told(placed_at)).hear(body, event.at)
    return orders


def _by_customer(orders: dict[str, _Told]) -> dict[str, list[tuple[str, _Told]]]:
    mine: dict[str, list[tuple[str, _Told]]] = defaultdict(list)
    for order_id, order in sorted(orders.items(), key=lambda item: item[1].placed_at):
        if order.customer:
            mine[order.customer].append((order_id, order))
    return mine


def _approved(events: Iterable[DemoEvent]) -> dict[str, list[datetime]]:
    """When each customer first had an approved review of each product; it may have been hidden again since."""
    first: dict[tuple[str, str], datetime] = {}
    for event in events:
        if event.topic.startswith("review.") and event.body["data"]["status"] == "approved":
            review = event.body["data"]
            first.setdefault((str(review["customer"]["id"]), str(review["product_id"])), event.at)
    by_customer: dict[str, list[datetime]] = defaultdict(list)
    for (customer, _), at in first.items():
        by_customer[customer].append(at)
    return by_customer


def _posted(session: Session, shop_id: int) -> tuple[dict[str, int], dict[str, Fraction]]:
    """What stands in the ledger, by the shop's own customer ids, and each order's multiplier."""
    row, identity = ledger.PostedRow, customers.Identity
    question = (
        select(identity.value, row.cause_type, row.cause_id, row.points, row.multiplier)
        .join(identity, (identity.shop_id == row.shop_id) & (identity.customer_id == row.customer_id))
        .where(row.shop_id == shop_id, identity.kind == "external")
    )
    points: dict[str, int] = defaultdict(int)
    multipliers: dict[str, Fraction] = {}
    for customer, cause, cause_id, number, multiplier in session.execute(question):
        points[customer] += number
        if cause == "order" and number:
            multipliers[cause_id] = Fraction(multiplier)
    return {customer: number for customer, number in points.items() if number}, multipliers
