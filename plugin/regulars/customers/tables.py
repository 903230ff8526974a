"""Customers' rows into values and back: hold them under their locks, write what moved. One statement each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from regulars.bulk import among, as_ids, insert_all, update
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
    made_at: datetime | None = None  # by this very transaction: there is no row yet, and nothing about them to look up


def made_now(customer_id: str, now: datetime) -> HeldCustomer:
    """A customer nobody knew; `write` gives them their row."""
    return HeldCustomer(customer_id, "active", 0, "reach", now, None, 0, 0, None, None, None, None, made_at=now)


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
    customer_ids = list(customer_ids)
    if not customer_ids:
        return {}
    rows = session.execute(_HELD, {"shop_id": shop_id, "ids": as_ids(customer_ids)})
    return {row.id: _held(row) for row in rows.all()}


def _held(row: Any) -> HeldCustomer:
    return HeldCustomer(*(*row, tuple(row[len(_ASKED) :])))


def write(session: Session, shop_id: int, held: Iterable[HeldCustomer]) -> None:
    """Write those of whom something moved, the same columns for each: a statement for new ones, one for all others."""
    new, known = [], []
    for customer in held:
        moved = _moving(customer)
        if moved != customer.written:
            row = {"shop_id": shop_id, "id": customer.id, **dict(zip(_MOVING, moved, strict=True))}
            if customer.made_at is None:
                known.append(row)
            else:
                beside = {"state": customer.state, "open_problems": customer.open_problems}
                new.append(row | beside | {"created_at": customer.made_at})
            customer.written, customer.made_at = moved, None
    insert_all(session, Customer, new)
    update(session, Customer, known)


def with_history(customers: Iterable[Customer | HeldCustomer]) -> list[str]:
    """The ids of those about whom there may be something to look up: not of who was made by this very transaction."""
    return [one.id for one in customers if not (isinstance(one, HeldCustomer) and one.made_at)]
