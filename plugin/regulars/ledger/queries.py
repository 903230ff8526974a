"""What is asked of the ledger: balances now and then, history, export."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from regulars.errors import NotFound
from regulars.ledger.book import Book
from regulars.ledger.due import settle
from regulars.ledger.models import AccountRow, EntryRow
from regulars.ledger.tables import read_book
from regulars.values import iso

_ENTRY = EntryRow.__table__.c
_ACCOUNT = AccountRow.__table__.c
_STANDING = select(
    _ACCOUNT.available, _ACCOUNT.pending, _ACCOUNT.reserved, _ACCOUNT.debt, _ACCOUNT.version
).where(
    _ACCOUNT.shop_id == bindparam("shop_id"), _ACCOUNT.customer_id == bindparam("customer_id"),
    _ACCOUNT.unit == bindparam("unit"),
)  # fmt: skip
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Balance:
    """The four numbers of an account after its entry `version` (0: before the first)."""

    available: int
    pending: int
    reserved: int
    debt: int
    version: int


def balance(
    session: Session,
    shop_id: int,
    customer_id: str,
    unit: str,
    *,
    at: datetime | None = None,
    version: int | None = None,
) -> Balance:
    """The balance now, as it was posted by a time, or after an entry. Raises NotFound for a version never written.

    What stands now is the account row itself, however many entries there are.
    """
    if at is None and version is None:
        return _standing(session, shop_id, customer_id, unit)
    mine = (_ENTRY.shop_id == shop_id) & (_ENTRY.customer_id == customer_id) & (_ENTRY.unit == unit)
    question = select(EntryRow.__table__).where(mine).order_by(_ENTRY.version.desc()).limit(1)
    if at is not None:
        question = question.where(_ENTRY.posted_at <= at)
    if version is not None:
        question = question.where(_ENTRY.version == version)
    row = session.execute(question).one_or_none()
    if row is None:
        if version:
            raise NotFound(f"Customer {customer_id} has no entry number {version}.")
        return Balance(0, 0, 0, 0, 0)
    return Balance(row.available_after, row.pending_after, row.reserved_after, row.debt_after, row.version)


def _standing(session: Session, shop_id: int, customer_id: str, unit: str) -> Balance:
    given = {"shop_id": shop_id, "customer_id": customer_id, "unit": unit}
    row = session.execute(_STANDING, given).one_or_none()
    return Balance(*row) if row else Balance(0, 0, 0, 0, 0)


def present(session: Session, shop_id: int, customer_id: str, unit: str, now: datetime) -> Book:
    """The account as it is at `now`, with what is due but not yet posted already done: read without a lock, never kept."""
    book = read_book(session, shop_id, customer_id, unit)
    settle(book, now)
    return book


def history(
    session: Session, shop_id: int, customer_id: str, unit: str, limit: int = 50, before: int | None = None
) -> list[EntryRow]:
    """The newest entries of an account first."""
    question = select(EntryRow).where(
        EntryRow.shop_id == shop_id, EntryRow.customer_id == customer_id, EntryRow.unit == unit
    )
    if before is not None:
        question = question.where(EntryRow.version < before)
    return list(session.scalars(question.order_by(EntryRow.version.desc()).limit(limit)))


def export(session: Session, shop_id: int) -> Iterator[dict[str, Any]]:
    """Every entry of a shop, ordered by customer, unit, version; times as ISO text."""
    for row in _entries(session, shop_id):
        yield {key: iso(value) if isinstance(value, datetime) else value for key, value in row._mapping.items()}


def _entries(session: Session, shop_id: int, customer_id: str | None = None) -> Iterator[Any]:
    question = select(EntryRow.__table__).where(_ENTRY.shop_id == shop_id)
    if customer_id is not None:
        question = question.where(_ENTRY.customer_id == customer_id)
    question = question.order_by(_ENTRY.customer_id, _ENTRY.unit, _ENTRY.version)
    yield from session.execute(question.execution_options(yield_per=_AT_ONCE))
