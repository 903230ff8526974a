"""Rows into books and back: open them under the lock, write what the pure verbs left in them. Few statements."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from regulars import signals
from regulars.bulk import among, among_pairs, as_ids, insert_all, insert_new, upsert
from regulars.ledger.book import Book, Entry, Lot
from regulars.ledger.chain import GENESIS
from regulars.ledger.converging import Posted
from regulars.ledger.models import AccountRow, EntryRow, LotRow, PostedRow

_ACCOUNT = AccountRow.__table__.c
_LOT = LotRow.__table__.c
_POSTED = PostedRow.__table__.c
_LOT_FIELDS = [field.name for field in fields(Lot)]
_POSTED_FIELDS = Posted._fields
_lot_values = attrgetter(*_LOT_FIELDS)

_LOCKED_ACCOUNTS = (
    select(AccountRow.__table__)
    .where(_ACCOUNT.shop_id == bindparam("shop_id"), _ACCOUNT.unit == bindparam("unit"))
    .where(among(_ACCOUNT.customer_id, "ids"))
    .order_by(_ACCOUNT.customer_id)
    .with_for_update()
)
_USEFUL_LOTS = (
    select(LotRow.__table__)
    .where(_LOT.shop_id == bindparam("shop_id"), _LOT.unit == bindparam("unit"), among(_LOT.customer_id, "ids"))
    .where(or_(_LOT.remaining > 0, _LOT.expired > _LOT.expired_taken))
)
_POSTED_FOR = select(*(_POSTED[name] for name in _POSTED_FIELDS)).where(
    _POSTED.shop_id == bindparam("shop_id"),
    _POSTED.cause_type == bindparam("cause_type"),
    among(_POSTED.cause_id, "causes"),
)
_POSTED_TO = select(*(_POSTED[name] for name in _POSTED_FIELDS)).where(
    _POSTED.shop_id == bindparam("shop_id"),
    _POSTED.cause_type == bindparam("cause_type"),
    among_pairs(_POSTED.cause_id, _POSTED.customer_id, "pairs"),
)


def open_books(
    session: Session, shop_id: int, customer_ids: Collection[str], unit: str, new: Collection[str] = ()
) -> dict[str, Book]:
    """Lock the accounts (by id, so two batches never wait in a circle), then read their lots in a second statement.

    One statement doing both would read the lots of its old snapshot after waiting for the lock. Who is `new` was made by
    this very transaction: nobody else can have opened an account for them.
    """
    empty = {id_: Book(shop_id, id_, unit) for id_ in customer_ids if id_ in new}
    ids = sorted(set(customer_ids) - empty.keys())
    return empty | (_open_known(session, shop_id, ids, unit) if ids else {})


def _open_known(session: Session, shop_id: int, ids: list[str], unit: str) -> dict[str, Book]:
    blank = {"shop_id": shop_id, "unit": unit, "head_hash": GENESIS}
    insert_new(session, AccountRow, [blank | {"customer_id": customer_id} for customer_id in ids])
    accounts = session.execute(_LOCKED_ACCOUNTS, {"shop_id": shop_id, "unit": unit, "ids": as_ids(ids)})
    books = {row.customer_id: _book(row) for row in accounts.all()}
    _read_lots(session, shop_id, unit, books)
    return books


def _book(row: Any) -> Book:
    return Book(
        row.shop_id, row.customer_id, row.unit, row.available, row.pending, row.reserved, row.debt, row.earned,
        row.version, row.head_hash,
    )  # fmt: skip


def _read_lots(session: Session, shop_id: int, unit: str, books: dict[str, Book]) -> None:
    for row in session.execute(_USEFUL_LOTS, {"shop_id": shop_id, "unit": unit, "ids": as_ids(books)}).all():
        books[row.customer_id].lots[row.version] = to_lot(row)


def to_lot(row: Any) -> Lot:
    """A lot as its row has it."""
    return Lot(*_lot_values(row))


def close_books(session: Session, books: Iterable[Book]) -> None:
    """Write the entries, lots and balances that the verbs left in the books; tell the host after the commit."""
    changed = [book for book in books if book.entries or book.touched]
    insert_all(session, EntryRow, [_entry_row(book, entry) for book in changed for entry in book.entries])
    upsert(
        session, LotRow, [_lot_row(book, book.lots[version]) for book in changed for version in sorted(book.touched)]
    )
    upsert(session, AccountRow, [_account_row(book) for book in changed])
    signals.tell_each(session, signals.points_posted, [_told(book) for book in changed if book.entries])


def _told(book: Book) -> dict[str, Any]:
    versions = (book.entries[0].version, book.entries[-1].version)
    return {"shop_id": book.shop_id, "customer_id": book.customer_id, "unit": book.unit, "versions": versions}


def _entry_row(book: Book, entry: Entry) -> dict[str, Any]:
    cause = entry.cause
    return {
        "shop_id": book.shop_id, "customer_id": book.customer_id, "unit": book.unit, "version": entry.version,
        "debit": entry.debit.value, "credit": entry.credit.value, "amount": entry.amount, "kind": entry.kind.value,
        "cause_type": cause.type, "cause_id": cause.id, "component": cause.component,
        "program_version": cause.program_version, "actor": cause.actor, "explanation": cause.explanation,
        "lot": entry.lot, "idem_key": entry.idem_key, "effective_at": entry.effective_at, "posted_at": entry.posted_at,
        "available_after": entry.available_after, "pending_after": entry.pending_after,
        "reserved_after": entry.reserved_after, "debt_after": entry.debt_after, "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }  # fmt: skip


def _lot_row(book: Book, lot: Lot) -> dict[str, Any]:
    values = dict(zip(_LOT_FIELDS, _lot_values(lot), strict=True))
    return {"shop_id": book.shop_id, "customer_id": book.customer_id, "unit": book.unit, **values}


def _account_row(book: Book) -> dict[str, Any]:
    return {
        "shop_id": book.shop_id, "customer_id": book.customer_id, "unit": book.unit, "available": book.available,
        "pending": book.pending, "reserved": book.reserved, "debt": book.debt, "earned": book.earned,
        "version": book.version, "head_hash": book.head_hash, "next_due_at": book.next_due_at,
    }  # fmt: skip


def posted_for(session: Session, shop_id: int, cause_type: str, cause_ids: Collection[str]) -> list[Posted]:
    """What stands for these causes: every component, every customer."""
    if not cause_ids:
        return []
    rows = session.execute(_POSTED_FOR, {"shop_id": shop_id, "cause_type": cause_type, "causes": as_ids(cause_ids)})
    return [Posted(*row) for row in rows.all()]


def posted_to(session: Session, shop_id: int, cause_type: str, pairs: Collection[tuple[str, str]]) -> list[Posted]:
    """What stands for these pairs of cause and customer, every component."""
    if not pairs:
        return []
    rows = session.execute(_POSTED_TO, {"shop_id": shop_id, "cause_type": cause_type, "pairs": as_ids(pairs)})
    return [Posted(*row) for row in rows.all()]


def save_posted(session: Session, shop_id: int, posted: Iterable[Posted]) -> None:
    """Write what stands now."""
    upsert(session, PostedRow, [_posted_row(shop_id, one) for one in posted])


def _posted_row(shop_id: int, posted: Posted) -> dict[str, Any]:
    return {"shop_id": shop_id, **posted._asdict()}


def read_book(session: Session, shop_id: int, customer_id: str, unit: str) -> Book:
    """An account and its open lots as they stand, without a lock; a customer without one has an empty book."""
    mine = and_(_ACCOUNT.shop_id == shop_id, _ACCOUNT.unit == unit, _ACCOUNT.customer_id == customer_id)
    row = session.execute(select(AccountRow.__table__).where(mine)).one_or_none()
    if row is None:
        return Book(shop_id, customer_id, unit)
    book = _book(row)
    _read_lots(session, shop_id, unit, {customer_id: book})
    return book


def due_customers(session: Session, shop_id: int, unit: str, now: datetime, limit: int) -> list[str]:
    """Customers whose account has something to settle by `now`: a hold that ended, a lot that expired."""
    due = and_(_ACCOUNT.shop_id == shop_id, _ACCOUNT.unit == unit, _ACCOUNT.next_due_at <= now)
    return list(session.scalars(select(_ACCOUNT.customer_id).where(due).order_by(_ACCOUNT.next_due_at).limit(limit)))
