"""What spending does to a book: reserve, then commit or void; and taking points away by hand. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from regulars.errors import InvalidInput, KeyReused, NotEnoughPoints, NotFound
from regulars.ledger.book import Account, Book, Cause, Kind
from regulars.ledger.due import settle
from regulars.values import MAX_POINTS


class Step(StrEnum):
    """What may be asked of a redemption."""

    RESERVE = "reserve"
    COMMIT = "commit"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Redemption:
    """One step of one customer's redemption; its id is its key. `points` is how many a reservation holds."""

    step: Step
    customer_id: str
    id: str
    points: int = 0


@dataclass(slots=True)
class Held:
    """What the entries say of one redemption: what it took from which lots (lot version, points), and how it ended."""

    takes: list[tuple[int, int]] = field(default_factory=list)
    ended: Kind | None = None

    @property
    def points(self) -> int:
        """How many it holds or held."""
        return sum(points for _, points in self.takes)


def whole_points(points: Any, at_most: int = MAX_POINTS) -> int:
    """A believable number of points to move, either way. Raises InvalidInput."""
    if isinstance(points, bool) or not isinstance(points, int) or not 0 < abs(points) <= at_most:
        raise InvalidInput(f"{points!r} is no number of points to move; use a whole number other than 0.")
    return points


def redeem(book: Book, held: Held, asked: Redemption, now: datetime) -> bool:
    """Take one step; whether anything moved: the same step again is the same answer, and moves nothing.

    Raises InvalidInput for a number that is none and for what has ended in the other way already, KeyReused when the
    reservation was of another number of points, NotEnoughPoints, NotFound for what was never reserved. Nothing has moved then.
    """
    if asked.step is Step.RESERVE:
        return _reserve_once(book, held, asked, now)
    way = Kind.REDEEM if asked.step is Step.COMMIT else Kind.VOID
    if held.ended not in (None, way):
        raise InvalidInput(f"Redemption {asked.id} has ended in a {held.ended} already.")
    if not held.takes:
        raise NotFound(f"There is no reservation {asked.id}.")
    if held.ended is way:
        return False
    held.ended = way
    cause = Cause("redemption", asked.id)
    if way is Kind.REDEEM:
        commit_reserved(book, held.points, cause, now)
    else:
        void_reserved(book, held.takes, cause, now)
        settle(book, now)
    return True


def _reserve_once(book: Book, held: Held, asked: Redemption, now: datetime) -> bool:
    if whole_points(asked.points) < 0:
        raise InvalidInput(f"{asked.points} points cannot be reserved; use a whole number above 0.")
    if held.takes:
        if held.points != asked.points:
            raise KeyReused(f"Redemption {asked.id} is of {held.points} {book.unit}; use a new key for a new one.")
        return False
    before = len(book.entries)
    reserve(book, asked.points, Cause("redemption", asked.id), now)
    held.takes = [(entry.lot, entry.amount) for entry in book.entries[before:] if entry.lot is not None]
    return True


def reserve(book: Book, amount: int, cause: Cause, now: datetime) -> None:
    """Hold points for a redemption. Raises NotEnoughPoints; then nothing has moved."""
    if book.debt or amount > book.available:
        raise NotEnoughPoints(
            f"{amount} {book.unit} are needed and {book.available} are available.",
            available=book.available, debt=book.debt, needed=amount,
        )  # fmt: skip
    left = amount
    for lot in book.spendable():
        part = min(left, lot.remaining)
        if part:
            key = f"reserve:{_place(book, cause)}:{lot.version}"
            book.move(Account.AVAILABLE, Account.RESERVED, part, Kind.RESERVE, cause, key, now, lot=lot)
            book.draw(lot, part)
            left -= part


def commit_reserved(book: Book, amount: int, cause: Cause, now: datetime) -> None:
    """The redemption happened: what was reserved is spent."""
    key = f"redeem:{_place(book, cause)}"
    book.move(Account.RESERVED, Account.REDEEMED, amount, Kind.REDEEM, cause, key, now)


def void_reserved(book: Book, takes: list[tuple[int, int]], cause: Cause, now: datetime) -> None:
    """The redemption did not happen: `takes` (lot version, points) return to their own lots with their own dates."""
    for lot_version, amount in takes:
        lot = book.lots[lot_version]
        key = f"void:{_place(book, cause)}:{lot_version}"
        book.move(Account.RESERVED, Account.AVAILABLE, amount, Kind.VOID, cause, key, now, lot=lot)
        book.draw(lot, -amount)
    pay_debt(book, cause, f"void:{_place(book, cause)}", now)


def _place(book: Book, cause: Cause) -> str:
    """A redemption's key is its customer's own: another customer may use the same."""
    return f"{book.customer_id}:{book.unit}:{cause.id}"


def take(book: Book, amount: int, cause: Cause, key: str, now: datetime) -> None:
    """Take points away by hand, from available ones only; the first part has the key itself.

    Raises NotEnoughPoints; then nothing has moved.
    """
    if amount > book.available:
        raise NotEnoughPoints(f"Only {book.available} {book.unit} are available to take.", available=book.available)
    left = amount
    for lot in book.spendable():
        part = min(left, lot.remaining)
        if part:
            part_key = key if left == amount else f"{key}/{lot.version}"
            book.move(Account.AVAILABLE, Account.ADJUSTED, part, Kind.ADJUST, cause, part_key, now, lot=lot)
            book.draw(lot, part)
            left -= part


def pay_debt(book: Book, cause: Cause, key: str, now: datetime) -> None:
    """Whoever owes and has points pays, from the soonest-expiring lot first."""
    for lot in book.spendable():
        part = min(book.debt, lot.remaining)
        if part:
            book.move(
                Account.AVAILABLE,
                Account.DEBT,
                part,
                Kind.DEBT_PAYMENT,
                cause,
                f"{key}/debt/{lot.version}",
                now,
                lot=lot,
            )
            book.draw(lot, part)
