"""What an order, a review or an agent does to a book: points come in, points are taken back. Pure."""

from datetime import datetime

from regulars.ledger.book import Account, Book, Cause, Dates, Kind, Lot


def earn(
    book: Book, amount: int, cause: Cause, dates: Dates, key: str, now: datetime, *,
    source: Account = Account.ISSUANCE, kind: Kind = Kind.EARN, quiet: bool = False,
) -> None:  # fmt: skip
    """Bring points in: on hold into a pending lot; otherwise they pay a debt first, and the rest opens a lot.

    Whether they are on hold is asked as of their own time: what was earned long ago goes through its hold as well, so that
    whatever follows finds what it would have found then.
    """
    if dates.release_at and dates.release_at > (cause.effective_at or now):
        entry = book.move(source, Account.PENDING, amount, kind, cause, key, now)
        book.open_lot(entry, cause, released=False, dates=dates, quiet=quiet)
        return
    paid = min(book.debt, amount)
    if paid:
        book.move(source, Account.DEBT, paid, Kind.DEBT_PAYMENT, cause, f"{key}/debt", now)
    if amount > paid:
        entry = book.move(source, Account.AVAILABLE, amount - paid, kind, cause, key, now)
        book.open_lot(entry, cause, released=True, dates=dates, quiet=quiet)


def claw_back(book: Book, amount: int, cause: Cause, key: str, now: datetime, *, write_off: bool = False) -> int:
    """Take points back, and say how many were written off.

    In this order: what of this cause is still on hold, the unspent rest of its own lots, what of it has expired (that
    part is gone already and is not taken twice), other open lots soonest-expiring first, then debt, or a write-off.
    """
    left = amount
    own = [lot for lot in book.lots.values() if lot.is_of(cause)]
    others = [lot for lot in book.spendable() if not lot.is_of(cause)]
    for lot in [lot for lot in own if not lot.released] + [lot for lot in own if lot.released]:
        left -= _claw_lot(book, lot, min(left, lot.remaining), cause, key, now)
    for lot in own:
        left -= _claw_expired(book, lot, min(left, lot.expired - lot.expired_taken), cause, key, now)
    for lot in others:
        left -= _claw_lot(book, lot, min(left, lot.remaining), cause, key, now)
    if left and write_off:
        book.move(Account.FORFEITED, Account.ISSUANCE, left, Kind.WRITE_OFF, cause, f"{key}/write-off", now)
        return left
    if left:
        book.move(Account.DEBT, Account.ISSUANCE, left, Kind.DEBT, cause, f"{key}/debt", now)
    return 0


def _claw_lot(book: Book, lot: Lot, amount: int, cause: Cause, key: str, now: datetime) -> int:
    if amount:
        source = Account.AVAILABLE if lot.released else Account.PENDING
        book.move(source, Account.ISSUANCE, amount, Kind.CLAWBACK, cause, f"{key}/{lot.version}", now, lot=lot)
        book.draw(lot, amount)
    return amount


def _claw_expired(book: Book, lot: Lot, amount: int, cause: Cause, key: str, now: datetime) -> int:
    if amount:
        book.move(
            Account.EXPIRED,
            Account.ISSUANCE,
            amount,
            Kind.CLAWBACK,
            cause,
            f"{key}/{lot.version}/expired",
            now,
            lot=lot,
        )
        lot.expired_taken += amount
        book.touched.add(lot.version)
    return amount


def reverse_write_off(book: Book, amount: int, cause: Cause, key: str, now: datetime) -> None:
    """Undo a write-off of this cause before anything new is earned for it."""
    book.move(Account.ISSUANCE, Account.FORFEITED, amount, Kind.WRITE_OFF_REVERSAL, cause, f"{key}/write-off", now)
