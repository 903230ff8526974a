"""The verbs on one account: give and take by hand, reserve, commit, void; and the nightly seal of a shop."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from regulars import signals
from regulars.errors import InvalidInput, NotFound
from regulars.ledger.book import Account, Book, Cause, Dates, Kind
from regulars.ledger.due import settle
from regulars.ledger.models import EntryRow, LotRow
from regulars.ledger.posting import earn
from regulars.ledger.redeeming import commit_reserved, reserve, take, void_reserved
from regulars.ledger.tables import close_books, open_books, to_lot
from regulars.values import MAX_POINTS

_LOT = LotRow.__table__.c


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
    """Give (or, negative, take) points by hand. `key` makes it happen once: a second call with it changes nothing.

    Raises InvalidInput for anything but a believable whole number, NotEnoughPoints when more is taken than there is.
    """
    if isinstance(points, bool) or not isinstance(points, int) or not 0 < abs(points) <= MAX_POINTS:
        raise InvalidInput(f"{points!r} is no number of points to give or take; use a whole number other than 0.")
    own_key = f"adjust:{quote(key, safe=':')}"  # a slash in it would make it a part of another one
    with book_of(session, shop_id, customer_id, unit, now) as book:
        if _is_there(session, book, own_key):
            return
        if points > 0:
            dates = Dates(None, expires_at)
            earn(book, points, cause, dates, own_key, now, source=Account.ADJUSTED, kind=Kind.ADJUST)
        else:
            take(book, -points, cause, own_key, now)


def _is_there(session: Session, book: Book, key: str) -> bool:
    """Whether this account has an entry of this key: whole, or in parts, one for each lot or for a debt."""
    mine = (
        (EntryRow.shop_id == book.shop_id) & (EntryRow.customer_id == book.customer_id) & (EntryRow.unit == book.unit)
    )
    known = or_(EntryRow.idem_key == key, EntryRow.idem_key.startswith(f"{key}/", autoescape=True))
    return session.scalar(select(EntryRow.version).where(mine, known).limit(1)) is not None


def reserve_points(
    session: Session, shop_id: int, customer_id: str, unit: str, points: int, redemption_id: str, now: datetime
) -> None:
    """Hold points for a redemption. Raises NotEnoughPoints. The second call for the same redemption changes nothing."""
    cause = Cause("redemption", redemption_id)
    with book_of(session, shop_id, customer_id, unit, now) as book:
        if not _moves_of(session, shop_id, customer_id, redemption_id):
            reserve(book, points, cause, now)


def commit_points(
    session: Session, shop_id: int, customer_id: str, unit: str, redemption_id: str, now: datetime
) -> None:
    """The redemption happened. Raises InvalidInput when it was voided already; a second commit changes nothing."""
    with book_of(session, shop_id, customer_id, unit, now) as book:
        if _resolved_as(session, shop_id, customer_id, redemption_id, Kind.VOID) == Kind.REDEEM:
            return
        takes = _takes(session, shop_id, customer_id, redemption_id)
        commit_reserved(book, sum(points for _, points in takes), Cause("redemption", redemption_id), now)
        ids = {"shop_id": shop_id, "customer_id": customer_id, "redemption_id": redemption_id}
        signals.tell(session, signals.redemption_confirmed, **ids)


def void_points(session: Session, shop_id: int, customer_id: str, unit: str, redemption_id: str, now: datetime) -> None:
    """The redemption did not happen: points return to their lots. Raises InvalidInput when it was committed already."""
    with book_of(session, shop_id, customer_id, unit, now) as book:
        if _resolved_as(session, shop_id, customer_id, redemption_id, Kind.REDEEM) == Kind.VOID:
            return
        takes = _takes(session, shop_id, customer_id, redemption_id)
        missing = [version for version, _ in takes if version not in book.lots]
        mine = and_(_LOT.shop_id == shop_id, _LOT.customer_id == customer_id, _LOT.unit == unit)
        for row in session.execute(select(LotRow.__table__).where(mine, _LOT.version.in_(missing))):
            book.lots[row.version] = to_lot(row)
        void_reserved(book, takes, Cause("redemption", redemption_id), now)
        settle(book, now)


def _moves_of(session: Session, shop_id: int, customer_id: str, redemption_id: str) -> list[Any]:
    mine = (EntryRow.shop_id == shop_id) & (EntryRow.cause_type == "redemption") & (EntryRow.cause_id == redemption_id)
    columns = select(EntryRow.kind, EntryRow.lot, EntryRow.amount)
    return list(session.execute(columns.where(mine, EntryRow.customer_id == customer_id)))


def _resolved_as(session: Session, shop_id: int, customer_id: str, redemption_id: str, other: Kind) -> str | None:
    """How it was resolved, if it was. Raises InvalidInput when that was the other way."""
    kinds = {move.kind for move in _moves_of(session, shop_id, customer_id, redemption_id)}
    if other in kinds:
        raise InvalidInput(f"Redemption {redemption_id} has ended in a {other} already.")
    return next((kind for kind in (Kind.REDEEM, Kind.VOID) if kind in kinds), None)


def _takes(session: Session, shop_id: int, customer_id: str, redemption_id: str) -> list[tuple[int, int]]:
    moves = _moves_of(session, shop_id, customer_id, redemption_id)
    takes = [(move.lot, move.amount) for move in moves if move.kind == Kind.RESERVE]
    if not takes:
        raise NotFound(f"There is no reservation {redemption_id}.")
    return takes
