"""Replay a shop's whole ledger, and seal it: streamed, so that memory is one account's, however large the shop."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, select, tuple_
from sqlalchemy.orm import Session, aliased

from regulars import runtime
from regulars.bulk import insert_new
from regulars.ledger.models import AccountRow, EntryRow, LotRow, PostedRow, SealRow
from regulars.ledger.proof import Break, Replay
from regulars.ledger.sealing import Head, Root
from regulars.values import iso, parse_time

_ACCOUNT = AccountRow.__table__.c
_ENTRY = EntryRow.__table__.c
_LOT = LotRow.__table__.c
_POSTED = PostedRow.__table__.c
_AT_ONCE = 2_000
_SEALED_AT_ONCE = 2_000

#: A seal covers what was posted this long before: every transaction of then has long ended.
_SETTLED = timedelta(hours=1)

_Key = tuple[str, str]


class _Stream:
    """Rows in the order of their accounts, of which those of one account at a time are taken."""

    def __init__(self, session: Session, question: Select[Any]) -> None:
        self._rows = iter(session.execute(question.execution_options(yield_per=_AT_ONCE)))
        self._next = next(self._rows, None)

    def of(self, key: _Key) -> Iterator[Any]:
        """The rows of this account, if they are the next ones."""
        while (row := self._next) is not None and (row.customer_id, row.unit) == key:
            self._next = next(self._rows, None)
            yield row


def verify_shop(session: Session, shop_id: int) -> tuple[int, Break | None]:
    """Replay every account of a shop: the number of entries read, and the first break if there is one.

    Accounts, entries, lots and what is said to be posted are read side by side in the order of the accounts; that each
    has an account row is asked first, so no stream can get stuck.
    """
    lost = _without_account(session, shop_id)
    if lost:
        return 0, lost
    seal = _newest_seal(session, shop_id)
    root, read = Root(), 0
    accounts, entries, lots, posted = _streams(session, shop_id)
    for account in accounts:
        key = (account.customer_id, account.unit)
        replay, head = Replay(shop_id, *key), None
        for row in entries.of(key):
            read += 1
            if wrong := replay.add(row):
                return read, Break(*key, row.version, wrong)
            if seal and row.posted_at < seal.cut_at:
                head = (*key, row.version, row.hash)
        if account.version and not replay.version:
            return read, Break(*key, 1, "all its entries are missing")
        said = {(row.cause_type, row.cause_id, row.component): row.points for row in posted.of(key)}
        if wrong := replay.ends_with(account, lots.of(key), said):
            return read, Break(*key, replay.version, wrong)
        if head:
            root.add(head)
    return read, _seal_breaks(seal, root) if seal else None


def _streams(session: Session, shop_id: int) -> tuple[Iterator[Any], _Stream, _Stream, _Stream]:
    """Accounts, entries, lots, and what is said to be posted: all in the order of customer and unit."""
    accounts = select(AccountRow.__table__).where(_ACCOUNT.shop_id == shop_id)
    entries = select(EntryRow.__table__).where(_ENTRY.shop_id == shop_id)
    lots = select(
        _LOT.customer_id, _LOT.unit, _LOT.version, _LOT.remaining, _LOT.released, _LOT.release_at, _LOT.expires_at
    ).where(_LOT.shop_id == shop_id)
    posted = select(
        _POSTED.customer_id, _POSTED.unit, _POSTED.cause_type, _POSTED.cause_id, _POSTED.component, _POSTED.points
    ).where(_POSTED.shop_id == shop_id, _POSTED.points != 0)
    rows = session.execute(accounts.order_by(_ACCOUNT.customer_id, _ACCOUNT.unit).execution_options(yield_per=_AT_ONCE))
    return (
        iter(rows),
        _Stream(session, entries.order_by(_ENTRY.customer_id, _ENTRY.unit, _ENTRY.version)),
        _Stream(session, lots.order_by(_LOT.customer_id, _LOT.unit, _LOT.version)),
        _Stream(session, posted.order_by(_POSTED.customer_id, _POSTED.unit)),
    )


def _without_account(session: Session, shop_id: int) -> Break | None:
    """The first rows whose account row is gone."""
    for columns, version, what in (
        (_ENTRY, _ENTRY.version, "its account row is missing"),
        (_LOT, _LOT.version, "the account row of its lot is missing"),
        (_POSTED, _POSTED.points, "points are said to be posted, and there are no entries"),
    ):
        of_account = and_(
            _ACCOUNT.shop_id == shop_id, _ACCOUNT.customer_id == columns.customer_id, _ACCOUNT.unit == columns.unit
        )
        known = exists(select(1).select_from(AccountRow.__table__).where(of_account))
        question = select(columns.customer_id, columns.unit, version).where(columns.shop_id == shop_id, ~known)
        if columns is _POSTED:
            question = question.where(_POSTED.points != 0)
        row = session.execute(question.limit(1)).first()
        if row:
            return Break(row[0], row[1], 1 if columns is _POSTED else row[2], what)
    return None


def _newest_seal(session: Session, shop_id: int) -> SealRow | None:
    newest = select(SealRow).where(SealRow.shop_id == shop_id).order_by(SealRow.cut_at.desc()).limit(1)
    return session.scalars(newest).one_or_none()


def _seal_breaks(seal: SealRow, root: Root) -> Break | None:
    """Whether the newest seal still fits: whoever rewrote a chain and all its hashes cannot rewrite the signature."""
    signature = _signature(seal.shop_id, seal.cut_at, root)
    if (root.root, root.accounts, signature) != (seal.root, seal.accounts, seal.signature):
        return Break("*", "*", 0, f"the seal of {iso(seal.cut_at)} does not fit: entries before it were changed")
    return None


def _signature(shop_id: int, cut_at: datetime, root: Root) -> str:
    return runtime.current().keyring.mac("seal", f"{shop_id}/{iso(cut_at)}/{root.root}".encode(), shop_id)


def seal(session: Session, shop_id: int, so_far: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """Sign the heads of all accounts as they stood an hour ago; one piece of it per call.

    `so_far` is empty at first and then what the call before gave back; None when the seal is written. Entries never
    change, so the heads of an hour ago are the same for every piece.
    """
    cut_at = parse_time(so_far["cut_at"]) if so_far else now - _SETTLED
    root = Root(**so_far["root"]) if so_far else Root()
    found = _heads(session, shop_id, cut_at, tuple(so_far["after"]) if so_far else None)
    for head in found:
        root.add(head)
    if len(found) == _SEALED_AT_ONCE:
        return {"cut_at": iso(cut_at), "root": asdict(root), "after": found[-1][:2]}
    row = {"shop_id": shop_id, "cut_at": cut_at, "signature": _signature(shop_id, cut_at, root), **asdict(root)}
    insert_new(session, SealRow, [row])
    return None


def _heads(session: Session, shop_id: int, cut_at: datetime, after: _Key | None) -> list[Head]:
    """The last entries of the next accounts that were posted before `cut_at`: two looks at an index for each."""
    older = aliased(EntryRow)
    newest = (
        select(older.version)
        .where(older.shop_id == shop_id, older.customer_id == _ACCOUNT.customer_id, older.unit == _ACCOUNT.unit)
        .where(older.posted_at < cut_at)
        .order_by(older.version.desc())
        .limit(1)
        .correlate(AccountRow.__table__)
        .scalar_subquery()
    )
    its_head = and_(
        _ENTRY.shop_id == _ACCOUNT.shop_id, _ENTRY.customer_id == _ACCOUNT.customer_id, _ENTRY.unit == _ACCOUNT.unit,
        _ENTRY.version == newest,
    )  # fmt: skip
    question = (
        select(_ACCOUNT.customer_id, _ACCOUNT.unit, _ENTRY.version, _ENTRY.hash)
        .select_from(AccountRow.__table__.join(EntryRow.__table__, its_head))
        .where(_ACCOUNT.shop_id == shop_id)
        .order_by(_ACCOUNT.customer_id, _ACCOUNT.unit)
        .limit(_SEALED_AT_ONCE)
    )
    if after:
        question = question.where(tuple_(_ACCOUNT.customer_id, _ACCOUNT.unit) > tuple_(*after))
    return [(row.customer_id, row.unit, row.version, row.hash) for row in session.execute(question)]
