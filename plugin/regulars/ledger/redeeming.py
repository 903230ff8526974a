"""What spending does to a book: reserve, then commit or void; and taking points away by hand. Pure."""

from datetime import datetime

from regulars.errors import NotEnoughPoints
from regulars.ledger.book import Account, Book, Cause, Kind


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
            key = f"reserve:{cause.id}:{lot.version}"
            book.move(Account.AVAILABLE, Account.RESERVED, part, Kind.RESERVE, cause, key, now, lot=lot)
            book.draw(lot, part)
            left -= part


def commit_reserved(book: Book, amount: int, cause: Cause, now: datetime) -> None:
    """The redemption happened: what was reserved is spent."""
    book.move(Account.RESERVED, Account.REDEEMED, amount, Kind.REDEEM, cause, f"redeem:{cause.id}", now)


def void_reserved(book: Book, takes: list[tuple[int, int]], cause: Cause, now: datetime) -> None:
    """The redemption did not happen: `takes` (lot version, points) return to their own lots with their own dates."""
    for lot_version, amount in takes:
        lot = book.lots[lot_version]
        key = f"void:{cause.id}:{lot_version}"
        book.move(Account.RESERVED, Account.AVAILABLE, amount, Kind.VOID, cause, key, now, lot=lot)
        book.draw(lot, -amount)
    pay_debt(book, cause, f"void:{cause.id}", now)


def take(book: Book, amount: int, cause: Cause, key: str, now: datetime) -> None:
    """Take points away by hand, from available ones only. Raises NotEnoughPoints; then nothing has moved."""
    if amount > book.available:
        raise NotEnoughPoints(f"Only {book.available} {book.unit} are available to take.", available=book.available)
    left = amount
    for lot in book.spendable():
        part = min(left, lot.remaining)
        if part:
            book.move(
                Account.AVAILABLE, Account.ADJUSTED, part, Kind.ADJUST, cause, f"{key}/{lot.version}", now, lot=lot
            )
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
