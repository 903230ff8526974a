"""Customers' rows into values and back: hold them under their locks, write what moved. One statement each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from regulars.bulk import among, as_ids, update
from regulars.customers.models import Customer


@dataclass(slots=True)
class HeldCustomer:
    """A customer whose row is locked: what decisions ask about them, and what moves while facts are applied."""

    id: str
    state: str
    open_problems: int
    stage: str
    stage_since: datetime
    tier: str | None
    orders_count: int
    spent_minor: int
    first_order_at: datetime | None
    last_order_at: datetime | None
    marketing_consent: bool | None
    seen_at: datetime | None
    written: tuple[Any, ...] = field(default=(), repr=False)  # how its row has what moves


_ASKED = ("id", "state", "open_problems")
_MOVING = (
    "stage", "stage_since", "tier", "orders_count", "spent_minor", "first_order_at", "last_order_at",
    "marketing_consent", "seen_at",
)  # fmt: skip
_moving = attrgetter(*_MOVING)

_COLUMN = Customer.__table__.c
_HELD = (
    select(*(_COLUMN[name] for name in _ASKED + _MOVING))
    .where(_COLUMN.shop_id == bindparam("shop_id"), among(_COLUMN.id, "ids"))
    .order_by(_COLUMN.id)
    .with_for_update()
)


def hold(session: Session, shop_id: int, customer_ids: Iterable[str]) -> dict[str, HeldCustomer]:
    """Lock these customers by id, as values; locks go customers → orders → accounts → lots. `write` keeps what moves."""
    rows = session.execute(_HELD, {"shop_id": shop_id, "ids": as_ids(customer_ids)})
    return {row.id: _held(row) for row in rows.all()}


def _held(row: Any) -> HeldCustomer:
    return HeldCustomer(*(*row, tuple(row[len(_ASKED) :])))


def write(session: Session, shop_id: int, held: Iterable[HeldCustomer]) -> None:
    """Write those of whom something moved, the same columns for each: one statement for all."""
    rows = []
    for customer in held:
        moved = _moving(customer)
        if moved != customer.written:
            rows.append({"shop_id": shop_id, "id": customer.id, **dict(zip(_MOVING, moved, strict=True))})
            customer.written = moved
    update(session, Customer, rows)
