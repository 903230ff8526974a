"""Take in what was seen of orders and refunds: lock, choose the newest document, keep refunds as a set by id."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, Table, bindparam, delete, select
from sqlalchemy.orm import Session

from regulars.bulk import among, as_ids, insert_fresh, insert_new, upsert
from regulars.facts import (
    CustomerRef,
    Fact,
    LineSeen,
    OrderDeleted,
    OrderSeen,
    PaymentStatus,
    RefundLine,
    RefundSeen,
)
from regulars.orders.models import Order, OrderLine, Refund
from regulars.orders.newest import progress, rank
from regulars.orders.standing import Standing, standing

_NOTHING_STANDS = Standing(counts=False, lines=(), money_back_minor=0)


@dataclass(slots=True)
class KnownOrder:
    """Everything known about one order: its newest document (None while only a refund came), its refunds, whose it is."""

    id: str
    order: OrderSeen | None = None
    customer_id: str | None = None
    previous_customer_id: str | None = None
    refunds: dict[str, RefundSeen] = field(default_factory=dict)
    changed: bool = False
    _standing: Standing | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def standing(self) -> Standing:
        """What of it stands now; nothing while no document came. Worked out once, when all facts are in."""
        if self._standing is None:
            self._standing = standing(self.order, self.refunds.values()) if self.order else _NOTHING_STANDS
        return self._standing


def order_ids(facts: Sequence[Fact]) -> list[str]:
    """The ids of the orders that these facts speak about."""
    ids = {fact.id for fact in facts if isinstance(fact, OrderSeen | OrderDeleted)}
    return sorted(ids | {fact.order_id for fact in facts if isinstance(fact, RefundSeen)})


def see(session: Session, shop_id: int, facts: Sequence[Fact], who: Mapping[CustomerRef, str]) -> dict[str, KnownOrder]:
    """Take in orders and refunds and say what is known about each now. `who` leads from references to our customers."""
    told: dict[str, list[Fact]] = {id_: [] for id_ in order_ids(facts)}
    for fact in facts:
        if isinstance(fact, OrderSeen | OrderDeleted):
            told[fact.id].append(fact)
        elif isinstance(fact, RefundSeen):
            told[fact.order_id].append(fact)
    known = _see_first(session, shop_id, told, who)
    return known | _see_again(session, shop_id, {id_: own for id_, own in told.items() if id_ not in known}, who)


def _see_first(
    session: Session, shop_id: int, told: Mapping[str, list[Fact]], who: Mapping[CustomerRef, str]
) -> dict[str, KnownOrder]:
    """Orders never seen before are written at once: the new row is the lock, and there is nothing to read.

    A refund that comes before its order leaves a row without a document, so that the two cannot miss each other.
    """
    first = {id_: _tell(KnownOrder(id_), own, who) for id_, own in told.items()}
    fresh = insert_fresh(session, Order, [_order_row(shop_id, one) for one in first.values()])
    known = {id_: one for id_, one in first.items() if id_ in fresh}
    _write_parts(session, shop_id, known.values())
    return known


def _see_again(
    session: Session, shop_id: int, told: Mapping[str, list[Fact]], who: Mapping[CustomerRef, str]
) -> dict[str, KnownOrder]:
    """Orders that are there already: locked, then read, and written where something about them changed."""
    if not told:
        return {}
    session.execute(_LOCKED, {"shop_id": shop_id, "ids": as_ids(told)})
    known = read(session, shop_id, told)
    changed = [one for id_, one in known.items() if _tell(one, told[id_], who).changed]
    if changed:
        upsert(session, Order, [_order_row(shop_id, one) for one in changed])
        session.execute(_NO_LINES, {"shop_id": shop_id, "ids": as_ids(one.id for one in changed)})
        _write_parts(session, shop_id, changed)
    return known


def _tell(known: KnownOrder, facts: Iterable[Fact], who: Mapping[CustomerRef, str]) -> KnownOrder:
    for fact in facts:
        match fact:
            case OrderSeen():
                _see_order(known, fact, who)
            case OrderDeleted():
                _see_deletion(known, fact)
            case RefundSeen():
                _see_refund(known, fact)
            case _:
                pass
    return known


def _see_order(known: KnownOrder, seen: OrderSeen, who: Mapping[CustomerRef, str]) -> None:
    for refund in seen.refunds:
        _see_refund(known, refund)
    if known.order is None or rank(seen) > rank(known.order):
        known.order = seen
        known.customer_id = who.get(seen.customer) if seen.customer else None
        known.changed = True


def _see_deletion(known: KnownOrder, deletion: OrderDeleted) -> None:
    """A deletion is one more document: it counts from its own time on, whatever was known and whatever comes late."""
    at = deletion.occurred_at
    gone = known.order or OrderSeen(deletion.id, at, at, "", PaymentStatus.VOIDED, 0, ())
    deleted = replace(gone, cancelled=True, updated_at=at)
    if known.order is None or rank(deleted) > rank(known.order):
        known.order = deleted
        known.changed = True


def _see_refund(known: KnownOrder, refund: RefundSeen) -> None:
    """The fullest telling of a refund wins, so that any order of arrival ends the same."""
    before = known.refunds.get(refund.id)
    if before is None or _fullness(refund) > _fullness(before):
        known.refunds[refund.id] = refund
        known.changed = True


def _fullness(refund: RefundSeen) -> tuple[Any, ...]:
    """Lines, then money; last the lines themselves, so that two tellings as full as each other have one winner too."""
    lines = sorted((line.line_id, line.quantity, line.net_minor) for line in refund.lines)
    return len(lines), sum(line.net_minor for line in refund.lines), refund.money_minor, lines


def read(session: Session, shop_id: int, ids: Collection[str]) -> dict[str, KnownOrder]:
    """What is known about these orders, in three statements."""
    these = {"shop_id": shop_id, "ids": as_ids(ids)}
    lines: dict[str, list[LineSeen]] = {}
    for row in session.execute(_LINES, these):
        lines.setdefault(row.order_id, []).append(_line(row))
    known: dict[str, KnownOrder] = {}
    for row in session.execute(_ORDERS, these):
        document = _document(row, lines.get(row.id, []))
        known[row.id] = KnownOrder(row.id, document, row.customer_id, row.customer_id)
    for row in session.execute(_REFUNDS, these):
        known[row.order_id].refunds[row.id] = _refund(row)
    return known


def _of_these(table: Table, id_: str) -> Select[Any]:
    return select(table).where(table.c.shop_id == bindparam("shop_id"), among(table.c[id_], "ids"))


_LINE: Table = OrderLine.__table__  # type: ignore[assignment]
_ORDERS = _of_these(Order.__table__, "id")  # type: ignore[arg-type]
_LINES = _of_these(_LINE, "order_id").order_by(_LINE.c.position)
_REFUNDS = _of_these(Refund.__table__, "order_id")  # type: ignore[arg-type]
_NO_LINES = delete(_LINE).where(_LINE.c.shop_id == bindparam("shop_id"), among(_LINE.c.order_id, "ids"))
_LOCKED = _ORDERS.with_only_columns(Order.__table__.c.id).order_by(Order.__table__.c.id).with_for_update()


def _line(row: Any) -> LineSeen:
    return LineSeen(
        row.id, row.quantity, row.current_quantity, row.net_minor, row.product_id, row.variant_id, row.sku, row.title,
        row.gift_card,
    )  # fmt: skip


def _document(row: Any, lines: list[LineSeen]) -> OrderSeen | None:
    if not row.seen:
        return None
    return OrderSeen(
        row.id, row.placed_at, row.updated_at, row.currency, PaymentStatus(row.payment), row.total_minor, tuple(lines),
        None, row.name, row.cancelled, row.test, row.shipping_minor, row.tax_minor, row.tip_minor,
        body_hash=row.body_hash,
    )  # fmt: skip


def _refund(row: Any) -> RefundSeen:
    parts = tuple(RefundLine(part["line_id"], part["quantity"], part["net_minor"]) for part in row.lines)
    return RefundSeen(row.order_id, row.id, row.occurred_at, parts, row.money_minor)


def _write_parts(session: Session, shop_id: int, known: Collection[KnownOrder]) -> None:
    insert_new(session, OrderLine, [row for one in known for row in _line_rows(shop_id, one)])
    upsert(session, Refund, [_refund_row(shop_id, refund) for one in known for refund in one.refunds.values()])


def _order_row(shop_id: int, known: KnownOrder) -> dict[str, Any]:
    stands, order = known.standing, known.order
    row: dict[str, Any] = {
        "shop_id": shop_id, "id": known.id, "seen": order is not None, "customer_id": known.customer_id,
        "standing": stands.counts, "standing_minor": stands.minor,
    }  # fmt: skip
    document = order or _BLANK
    return row | {
        "name": document.name, "placed_at": document.placed_at, "updated_at": document.updated_at,
        "currency": document.currency, "payment": document.payment.value, "progress": progress(document),
        "cancelled": document.cancelled, "test": document.test, "total_minor": document.total_minor,
        "shipping_minor": document.shipping_minor, "tax_minor": document.tax_minor, "tip_minor": document.tip_minor,
        "body_hash": document.body_hash,
    }  # fmt: skip


#: What a row says of an order of which no document came.
_BLANK = OrderSeen("", None, None, "", PaymentStatus.PENDING, 0, ())  # type: ignore[arg-type]


def _line_rows(shop_id: int, known: KnownOrder) -> list[dict[str, Any]]:
    return [
        {
            "shop_id": shop_id, "order_id": known.id, "id": line.id, "position": position,
            "product_id": line.product_id, "variant_id": line.variant_id, "sku": line.sku, "title": line.title,
            "quantity": line.quantity, "current_quantity": line.current_quantity, "net_minor": line.net_minor,
            "gift_card": line.gift_card,
        }
        for position, line in enumerate(known.order.lines if known.order else ())
    ]  # fmt: skip


def _refund_row(shop_id: int, refund: RefundSeen) -> dict[str, Any]:
    parts = [{"line_id": part.line_id, "quantity": part.quantity, "net_minor": part.net_minor} for part in refund.lines]
    return {
        "shop_id": shop_id, "order_id": refund.order_id, "id": refund.id, "occurred_at": refund.occurred_at,
        "money_minor": refund.money_minor, "lines": parts,
    }  # fmt: skip
