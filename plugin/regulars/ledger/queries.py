"""What is asked of the ledger: balances now and then, history, export, and whether it all adds up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import runtime
from regulars.errors import NotFound
from regulars.ledger.book import Book
from regulars.ledger.due import settle
from regulars.ledger.models import AccountRow, EntryRow, LotRow, PostedRow, SealRow
from regulars.ledger.proof import Break, Replay
from regulars.ledger.sealing import root_of
from regulars.ledger.tables import read_book
from regulars.values import iso

_ENTRY = EntryRow.__table__.c
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
    """The balance now, as it was posted by a time, or after an entry. Raises NotFound for a version never written."""
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


def verify_shop(session: Session, shop_id: int) -> tuple[int, Break | None]:
    """Replay every account of a shop: the number of entries read, and the first break if there is one."""
    accounts = _by_account(session, AccountRow, shop_id)
    lots, posted = _by_account(session, LotRow, shop_id), _by_account(session, PostedRow, shop_id)
    read = 0
    for (customer_id, unit), entries in groupby(_entries(session, shop_id), lambda row: (row.customer_id, row.unit)):
        replay = Replay(shop_id, customer_id, unit)
        for row in entries:
            read += 1
            if wrong := replay.add(row):
                return read, Break(customer_id, unit, row.version, wrong)
        account = accounts.pop((customer_id, unit), [None])[0]
        if account is None:
            return read, Break(customer_id, unit, replay.book.version, "its account row is missing")
        said = {
            (row.cause_type, row.cause_id, row.component): row.points for row in posted.pop((customer_id, unit), [])
        }
        if wrong := replay.ends_with(account, lots.get((customer_id, unit), []), said):
            return read, Break(customer_id, unit, replay.book.version, wrong)
    for (customer_id, unit), (account,) in accounts.items():
        if account.version:
            return read, Break(customer_id, unit, 1, "all its entries are missing")
    for (customer_id, unit), rows in posted.items():
        if any(row.points for row in rows):
            return read, Break(customer_id, unit, 1, "points are said to be posted, and there are no entries")
    return read, _seal_breaks(session, shop_id)


def _by_account(session: Session, model: Any, shop_id: int) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = {}
    for row in session.execute(select(model.__table__).where(model.__table__.c.shop_id == shop_id)):
        found.setdefault((row.customer_id, row.unit), []).append(row)
    return found


def heads(session: Session, shop_id: int, cut_at: datetime) -> Iterator[tuple[str, str, int, str]]:
    """The last entry of every account that was posted before `cut_at`: customer, unit, version, hash."""
    last: tuple[str, str, int, str] | None = None
    question = (
        select(_ENTRY.customer_id, _ENTRY.unit, _ENTRY.version, _ENTRY.hash)
        .where(_ENTRY.shop_id == shop_id, _ENTRY.posted_at < cut_at)
        .order_by(_ENTRY.customer_id, _ENTRY.unit, _ENTRY.version)
    )
    for row in session.execute(question.execution_options(yield_per=_AT_ONCE)):
        if last and last[:2] != (row.customer_id, row.unit):
            yield last
        last = (row.customer_id, row.unit, row.version, row.hash)
    if last:
        yield last


def _seal_breaks(session: Session, shop_id: int) -> Break | None:
    """Whether the newest seal still fits: whoever rewrote a chain and all its hashes cannot rewrite the signature."""
    newest = select(SealRow).where(SealRow.shop_id == shop_id).order_by(SealRow.cut_at.desc()).limit(1)
    seal = session.scalars(newest).one_or_none()
    if seal is None:
        return None
    root, accounts = root_of(heads(session, shop_id, seal.cut_at))
    signature = runtime.current().keyring.mac("seal", f"{shop_id}/{iso(seal.cut_at)}/{root}".encode(), shop_id)
    if (root, accounts, signature) != (seal.root, seal.accounts, seal.signature):
        return Break("*", "*", 0, f"the seal of {iso(seal.cut_at)} does not fit: entries before it were changed")
    return None
