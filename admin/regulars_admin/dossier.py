"""Everything we know about one customer, in a constant number of questions."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from regulars.catalog.models import Product
from regulars.complaints.models import Complaint
from regulars.customers import Contact, Customer, Identity, contact
from regulars.errors import NotFound
from regulars.ledger.models import AccountRow, EntryRow, LotRow, PostedRow
from regulars.lifecycle.models import StageChange
from regulars.messaging.models import Message
from regulars.orders.models import Order, OrderLine, Refund
from regulars.reviews.models import Review
from regulars.tiers.models import TierChange

_ENTRIES_SHOWN = 100
_ORDERS_SHOWN = 50
_OTHERS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class OrderStory:
    """An order with its lines and refunds, what it stands for in points, and the entries that say why."""

    order: Order
    lines: Sequence[OrderLine] = ()
    refunds: Sequence[Refund] = ()
    points: int = 0
    entries: Sequence[EntryRow] = ()

    def returned(self, line_id: str) -> int:
        """How many pieces of a line came back by refunds."""
        parts = [part for refund in self.refunds for part in refund.lines if part.get("line_id") == line_id]
        return sum(int(part.get("quantity", 0)) for part in parts)


@dataclass(frozen=True, slots=True)
class Points:
    """The balances of one unit, what is released and what expires next."""

    unit: str
    available: int = 0
    pending: int = 0
    reserved: int = 0
    debt: int = 0
    next_release: LotRow | None = None
    next_expiry: LotRow | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """One customer."""

    customer: Customer
    contact: Contact
    external_ids: Sequence[str]
    points: Points
    entries: Sequence[EntryRow] = ()
    orders: Sequence[OrderStory] = ()
    reviews: Sequence[Review] = ()
    product_titles: dict[str, str] = field(default_factory=dict)
    messages: Sequence[Message] = ()
    complaints: Sequence[Complaint] = ()
    stages: Sequence[StageChange] = ()
    tiers: Sequence[TierChange] = ()

    @property
    def title(self) -> str:
        """What to call them on a page."""
        return self.contact.name or self.contact.email or "Customer without a name"

    @property
    def why_stage(self) -> StageChange | None:
        """The change that put them on the present stage."""
        return next((change for change in self.stages if change.track == "stage"), None)

    @property
    def why_activity(self) -> StageChange | None:
        """The change that gave them their present activity."""
        return next((change for change in self.stages if change.track == "activity"), None)

    def order_name(self, order_id: str | None) -> str:
        """What people call an order."""
        names = {story.order.id: story.order.name for story in self.orders}
        return names.get(order_id or "", "") or order_id or ""


def read(session: Session, shop_id: int, customer_id: str, unit: str) -> Dossier:
    """The dossier of one customer of this shop. Raises NotFound."""
    customer = session.get(Customer, (shop_id, customer_id))
    if customer is None:
        raise NotFound("There is no such customer in this shop.")
    ids = select(Identity.value).where(
        Identity.shop_id == shop_id, Identity.customer_id == customer_id, Identity.kind == "external"
    )
    reviews = _newest(session, Review, shop_id, customer_id, Review.updated_at)
    return Dossier(
        customer, contact(session, shop_id, customer_id), sorted(session.scalars(ids)),
        read_points(session, shop_id, customer_id, unit),
        entries=_entries(session, shop_id, customer_id, unit),
        orders=_orders(session, shop_id, customer_id),
        reviews=reviews,
        product_titles=_titles(session, shop_id, {review.product_id for review in reviews if review.product_id}),
        messages=_newest(session, Message, shop_id, customer_id, Message.created_at),
        complaints=_newest(session, Complaint, shop_id, customer_id, Complaint.opened_at),
        stages=_newest(session, StageChange, shop_id, customer_id, StageChange.seq),
        tiers=_newest(session, TierChange, shop_id, customer_id, TierChange.seq),
    )  # fmt: skip


def read_points(session: Session, shop_id: int, customer_id: str, unit: str) -> Points:
    """The balances as they are posted, and the lots that move next."""
    account = session.get(AccountRow, (shop_id, customer_id, unit))
    if account is None:
        return Points(unit)
    lots = session.scalars(
        select(LotRow).where(
            LotRow.shop_id == shop_id, LotRow.customer_id == customer_id, LotRow.unit == unit, LotRow.remaining > 0
        )
    ).all()
    return Points(
        unit, account.available, account.pending, account.reserved, account.debt,
        _soonest([(lot.release_at, lot) for lot in lots if not lot.released]),
        _soonest([(lot.expires_at, lot) for lot in lots if lot.released]),
    )  # fmt: skip


def _soonest(lots: Sequence[tuple[datetime | None, LotRow]]) -> LotRow | None:
    dated = [(at, lot.version, lot) for at, lot in lots if at is not None]
    return min(dated, key=lambda one: one[:2])[2] if dated else None


def _entries(session: Session, shop_id: int, customer_id: str, unit: str) -> Sequence[EntryRow]:
    question = select(EntryRow).where(
        EntryRow.shop_id == shop_id, EntryRow.customer_id == customer_id, EntryRow.unit == unit
    )
    return session.scalars(question.order_by(EntryRow.version.desc()).limit(_ENTRIES_SHOWN)).all()


def _newest(session: Session, model: Any, shop_id: int, customer_id: str, by: Any) -> Sequence[Any]:
    question = select(model).where(model.shop_id == shop_id, model.customer_id == customer_id)
    return session.scalars(question.order_by(by.desc()).limit(_OTHERS_SHOWN)).all()


def _orders(session: Session, shop_id: int, customer_id: str) -> list[OrderStory]:
    mine = (Order.shop_id == shop_id) & (Order.customer_id == customer_id) & Order.seen
    orders = session.scalars(select(Order).where(mine).order_by(Order.placed_at.desc()).limit(_ORDERS_SHOWN)).all()
    ids = [order.id for order in orders]
    lines = _by_order(session, OrderLine, shop_id, ids, OrderLine.position)
    refunds = _by_order(session, Refund, shop_id, ids, Refund.occurred_at)
    points, entries = _points_of(session, shop_id, customer_id, ids), _entries_of(session, shop_id, customer_id, ids)
    return [
        OrderStory(order, lines[order.id], refunds[order.id], points.get(order.id, 0), entries[order.id])
        for order in orders
    ]


def _by_order(session: Session, model: Any, shop_id: int, ids: Collection[str], by: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in session.scalars(select(model).where(model.shop_id == shop_id, model.order_id.in_(ids)).order_by(by)):
        found[row.order_id].append(row)
    return found


def _points_of(session: Session, shop_id: int, customer_id: str, order_ids: Collection[str]) -> dict[str, int]:
    question = select(PostedRow.cause_id, func.sum(PostedRow.points)).where(
        PostedRow.shop_id == shop_id, PostedRow.customer_id == customer_id, PostedRow.cause_type == "order",
        PostedRow.cause_id.in_(order_ids),
    )  # fmt: skip
    return {row[0]: int(row[1]) for row in session.execute(question.group_by(PostedRow.cause_id))}


def _entries_of(
    session: Session, shop_id: int, customer_id: str, order_ids: Collection[str]
) -> dict[str, list[EntryRow]]:
    question = select(EntryRow).where(
        EntryRow.shop_id == shop_id, EntryRow.customer_id == customer_id, EntryRow.cause_type == "order",
        EntryRow.cause_id.in_(order_ids),
    )  # fmt: skip
    found: dict[str, list[EntryRow]] = defaultdict(list)
    for entry in session.scalars(question.order_by(EntryRow.version)):
        found[entry.cause_id].append(entry)
    return found


def _titles(session: Session, shop_id: int, product_ids: Collection[str]) -> dict[str, str]:
    question = select(Product.id, Product.title).where(Product.shop_id == shop_id, Product.id.in_(product_ids))
    return {row[0]: row[1] for row in session.execute(question)}
