"""Books of one customer, filled by the real verbs and without a database; days are counted from the first of January."""

from datetime import UTC, datetime, timedelta

from regulars.ledger.book import Account, Book, Cause, Dates, Kind
from regulars.ledger.converging import Posted, converge
from regulars.ledger.posting import earn

JANUARY = datetime(2026, 1, 1, 12, tzinfo=UTC)


def day(number: float) -> datetime:
    """Noon of a day, counted from the first of January."""
    return JANUARY + timedelta(days=number)


def order(id_: str) -> Cause:
    return Cause("order", id_, "spend")


def book() -> Book:
    return Book(1, "ada", "points")


def earned(
    into: Book, points: int, id_: str, *, release: float | None = None, ends: float | None = None, now: float = 0
) -> None:
    """Points of an order: on hold until `release`, ending at `ends`."""
    dates = Dates(None if release is None else day(release), None if ends is None else day(ends))
    earn(into, points, order(id_), dates, f"order:{id_}:{into.version}", day(now))


def numbers(of: Book) -> tuple[int, int, int, int]:
    """Available, pending, reserved, debt."""
    return of.available, of.pending, of.reserved, of.debt


def left(of: Book) -> dict[str, int]:
    """What remains in the lots, by the order that brought them."""
    return {lot.cause_id: lot.remaining for lot in of.lots.values() if lot.remaining}


def moves(of: Book) -> list[tuple[Kind, Account, Account, int]]:
    return [(entry.kind, entry.debit, entry.credit, entry.amount) for entry in of.entries]


def posted(id_: str = "1", **changes: object) -> Posted:
    return Posted("order", id_, "spend", "ada", "points", **changes)  # type: ignore[arg-type]


def becomes(of: Book, stands: Posted, entitled: int, now: float = 0, *, write_off: bool = False) -> Posted:
    """Bring what stands for an order to what it is entitled to."""
    return converge(of, stands, entitled, order(stands.cause_id), day(now), write_off=write_off)
