"""The verbs on accounts: give and take by hand; reserve, commit, void, one or many together."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from regulars import signals
from regulars.bulk import among, as_ids
from regulars.errors import InvalidInput, KeyReused, NotEnoughPoints, NotFound, RegularsError
from regulars.ledger.book import Account, Book, Cause, Dates, Kind
from regulars.ledger.due import settle
from regulars.ledger.models import EntryRow, LotRow
from regulars.ledger.posting import earn
from regulars.ledger.redeeming import Held, Redemption, Step, redeem, take, whole_points
from regulars.ledger.tables import close_books, open_books, to_lot
from regulars.values import iso_or_none

_LOT = LotRow.__table__.c
#: The most that anybody gives or takes in one movement by hand.
MOST_BY_HAND = 10_000_000
#: What, beside its cause, makes a gift the same gift.
_REQUEST = ("asked", "expires_at")
_MOVES = (
    select(EntryRow.customer_id, EntryRow.cause_id, EntryRow.kind, EntryRow.lot, EntryRow.amount)
    .where(
        EntryRow.shop_id == bindparam("shop_id"),
        EntryRow.cause_type == "redemption",
        among(EntryRow.cause_id, "ids"),
        EntryRow.unit == bindparam("unit"),
    )
    .order_by(EntryRow.version)
)


@contextmanager
def book_of(session: Session, shop_id: int, customer_id: str, unit: str, now: datetime) -> Iterator[Book]:
    """One customer's book under the lock, settled; written when the block ends without an error."""
    book = open_books(session, shop_id, [customer_id], unit)[customer_id]
    settle(book, now)
    yield book
    close_books(session, [book])


def adjust(
    session: Session, shop_id: int, customer_id: str, unit: str, points: Any, cause: Cause, key: str, now: datetime,
    expires_at: datetime | None = None,
) -> None:  # fmt: skip
    """Give (or, negative, take) points by hand. `key` makes it happen once for a customer: again, it changes nothing.

    Raises InvalidInput for anything but a believable whole number, KeyReused when the key came with something else before,
    NotEnoughPoints when more is taken than there is.
    """
    whole_points(points, MOST_BY_HAND)
    own_key = (
        f"adjust:{customer_id}:{quote(unit)}:{quote(key, safe=':')}"  # a slash in it would make it a part of another
    )
    said = {"asked": points, "release_at": None, "expires_at": iso_or_none(expires_at)}
    cause = replace(cause, explanation=cause.explanation | said)
    with book_of(session, shop_id, customer_id, unit, now) as book:
        if _came_before(session, shop_id, own_key, cause):
            return
        if points > 0:
            earn(book, points, cause, Dates(None, expires_at), own_key, now, source=Account.ADJUSTED, kind=Kind.ADJUST)
        else:
            take(book, -points, cause, own_key, now)


def _came_before(session: Session, shop_id: int, key: str, cause: Cause) -> bool:
    """Whether this was done already. Raises KeyReused when the key was used for something else.

    What pays a debt has a key of its own beside it; one of the two is always there.
    """
    columns = select(EntryRow.cause_type, EntryRow.cause_id, EntryRow.component, EntryRow.explanation)
    row = session.execute(
        columns.where(EntryRow.shop_id == shop_id, EntryRow.idem_key.in_([key, f"{key}/debt"])).limit(1)
    ).one_or_none()
    if row is None:
        return False
    before = (row.cause_type, row.cause_id, row.component, *(row.explanation.get(name) for name in _REQUEST))
    if before != (cause.type, cause.id, cause.component, *(cause.explanation[name] for name in _REQUEST)):
        raise KeyReused("This key gave or took points in another way before; use a new key for a new request.")
    return True


def reserve_points(
    session: Session, shop_id: int, customer_id: str, unit: str, points: int, redemption_id: str, now: datetime
) -> None:
    """Hold points for a redemption. The second call for the same redemption changes nothing.

    Raises NotEnoughPoints, InvalidInput for a number that is none, KeyReused when it is of another number of points.
    """
    _redeem_one(session, shop_id, unit, Redemption(Step.RESERVE, customer_id, redemption_id, points), now)


def commit_points(
    session: Session, shop_id: int, customer_id: str, unit: str, redemption_id: str, now: datetime
) -> None:
    """The redemption happened. Raises InvalidInput when it was voided already; a second commit changes nothing."""
    _redeem_one(session, shop_id, unit, Redemption(Step.COMMIT, customer_id, redemption_id), now)


def void_points(session: Session, shop_id: int, customer_id: str, unit: str, redemption_id: str, now: datetime) -> None:
    """The redemption did not happen: points return to their lots. Raises InvalidInput when it was committed already."""
    _redeem_one(session, shop_id, unit, Redemption(Step.VOID, customer_id, redemption_id), now)


def _redeem_one(session: Session, shop_id: int, unit: str, asked: Redemption, now: datetime) -> None:
    (refusal,) = redeem_all(session, shop_id, unit, [asked], now)
    if refusal is not None:
        raise refusal


def redeem_all(
    session: Session, shop_id: int, unit: str, asked: Sequence[Redemption], now: datetime
) -> list[RegularsError | None]:
    """Take steps of many redemptions, in their order, under one lock for each account and in a constant number of statements.

    Gives why each was refused, as `redeeming.redeem` says, or None when it is done, now or before. When all are refused
    nothing is written at all.
    """
    books = open_books(session, shop_id, {one.customer_id for one in asked}, unit)
    held = _held(session, shop_id, unit, asked)
    _fetch_lots(session, shop_id, unit, books, asked, held)
    for book in books.values():
        settle(book, now)
    outcomes = [_try(session, books[one.customer_id], held[one.customer_id, one.id], one, now) for one in asked]
    if None in outcomes:
        close_books(session, books.values())
    return outcomes


def _try(session: Session, book: Book, held: Held, asked: Redemption, now: datetime) -> RegularsError | None:
    try:
        moved = redeem(book, held, asked, now)
    except (InvalidInput, KeyReused, NotEnoughPoints, NotFound) as refusal:
        return refusal
    if moved and asked.step is Step.COMMIT:
        ids = {"shop_id": book.shop_id, "customer_id": book.customer_id, "redemption_id": asked.id}
        signals.tell(session, signals.redemption_confirmed, **ids)
    return None


def _held(session: Session, shop_id: int, unit: str, asked: Sequence[Redemption]) -> dict[tuple[str, str], Held]:
    """What stands for each of these redemptions: read after the lock, in a statement of its own."""
    held = {(one.customer_id, one.id): Held() for one in asked}
    ids = as_ids({one.id for one in asked})
    for row in session.execute(_MOVES, {"shop_id": shop_id, "unit": unit, "ids": ids}):
        one = held.get((row.customer_id, row.cause_id))
        if one is not None and row.kind == Kind.RESERVE:
            one.takes.append((row.lot, row.amount))
        elif one is not None and row.kind in (Kind.REDEEM, Kind.VOID):
            one.ended = Kind(row.kind)
    return held


def _fetch_lots(
    session: Session, shop_id: int, unit: str, books: dict[str, Book], asked: Sequence[Redemption],
    held: dict[tuple[str, str], Held],
) -> None:  # fmt: skip
    """Lots that were spent to the end are opened again for what returns to them."""
    for one in asked:
        book = books[one.customer_id]
        versions = [version for version, _ in held[one.customer_id, one.id].takes if version not in book.lots]
        if one.step is Step.VOID and versions:
            mine = and_(_LOT.shop_id == shop_id, _LOT.customer_id == one.customer_id, _LOT.unit == unit)
            for row in session.execute(select(LotRow.__table__).where(mine, _LOT.version.in_(versions))):
                book.lots[row.version] = to_lot(row)
