"""What is asked about orders, one question per function."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from regulars.bulk import among, as_ids
from regulars.facts import PaymentStatus
from regulars.orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Purchases:
    """A customer's standing orders in four numbers; money in minor units of the shop's currency."""

    count: int = 0
    spent_minor: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


def purchases(session: Session, shop_id: int, customer_ids: Collection[str]) -> dict[str, Purchases]:
    """The standing orders of these customers, summed; customers without any are left out."""
    found = session.execute(_PURCHASES, {"shop_id": shop_id, "ids": as_ids(customer_ids)})
    return {row[0]: Purchases(row[1], int(row[2]), row[3], row[4]) for row in found.all()}


_ORDER = Order.__table__.c
_PURCHASES = (
    select(
        _ORDER.customer_id, func.count(), func.sum(_ORDER.standing_minor), func.min(_ORDER.placed_at),
        func.max(_ORDER.placed_at),
    )
    .where(_ORDER.shop_id == bindparam("shop_id"), among(_ORDER.customer_id, "ids"), _ORDER.standing)
    .group_by(_ORDER.customer_id)
)  # fmt: skip


def second_orders(session: Session, shop_id: int, customer_ids: Collection[str]) -> dict[str, datetime]:
    """When these customers ordered for the second time, of their standing orders; who did not is left out."""
    if not customer_ids:
        return {}
    found = session.execute(_SECOND, {"shop_id": shop_id, "ids": as_ids(customer_ids)})
    return {row[0]: row[1] for row in found.all()}


_RANKED = (
    select(
        _ORDER.customer_id, _ORDER.placed_at,
        func.row_number().over(partition_by=_ORDER.customer_id, order_by=_ORDER.placed_at).label("place"),
    )
    .where(_ORDER.shop_id == bindparam("shop_id"), among(_ORDER.customer_id, "ids"), _ORDER.standing)
    .subquery()
)  # fmt: skip
_SECOND = select(_RANKED.c.customer_id, _RANKED.c.placed_at).where(_RANKED.c.place == 2)


def bought(session: Session, shop_id: int, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (customer, product) pairs stand in a real, paid and not cancelled order."""
    if not pairs:
        return set()
    customer_ids = {customer_id for customer_id, _ in pairs}
    product_ids = {product_id for _, product_id in pairs}
    paid = (PaymentStatus.PAID.value, PaymentStatus.REFUNDED.value)
    question = (
        select(Order.customer_id, OrderLine.product_id)
        .join(OrderLine, (OrderLine.shop_id == Order.shop_id) & (OrderLine.order_id == Order.id))
        .where(Order.shop_id == shop_id, Order.customer_id.in_(customer_ids), Order.payment.in_(paid))
        .where(~Order.cancelled, ~Order.test, OrderLine.product_id.in_(product_ids))
        .distinct()
    )
    return {(str(row[0]), str(row[1])) for row in session.execute(question)}


def owners(session: Session, shop_id: int, order_ids: Collection[str]) -> set[str]:
    """Whose these orders are, as far as we know them already."""
    if not order_ids:
        return set()
    return set(session.scalars(_OWNERS, {"shop_id": shop_id, "ids": as_ids(order_ids)}))


_OWNERS = select(_ORDER.customer_id).where(
    _ORDER.shop_id == bindparam("shop_id"), among(_ORDER.id, "ids"), _ORDER.customer_id.is_not(None)
)
