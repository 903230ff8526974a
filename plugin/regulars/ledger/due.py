"""What time alone does to a book: holds end, lots expire. Pure; also computes what is due but not yet posted."""

from datetime import datetime

from regulars.ledger.book import Account, Book, Cause, Kind, Lot


def settle(book: Book, now: datetime, until: datetime | None = None) -> None:
    """Do what fell due by `until` (else by now), in that order: end holds (a debt is paid first), expire lots."""
    while (due := _next_due(book, min(until or now, now))) is not None:
        at, lot = due
        if lot.released:
            _expire(book, lot, at, now)
        else:
            _release(book, lot, at, now)


def next_due_at(book: Book, until: datetime) -> datetime | None:
    """When the next thing falls due, if that is not after `until`."""
    due = _next_due(book, until)
    return due[0] if due else None


def _next_due(book: Book, now: datetime) -> tuple[datetime, Lot] | None:
    due = [
        (at, lot.version)
        for lot in book.lots.values()
        if lot.remaining and (at := lot.expires_at if lot.released else lot.release_at) and at <= now
    ]
    if not due:
        return None
    at, version = min(due)
    return at, book.lots[version]


def _release(book: Book, lot: Lot, at: datetime, now: datetime) -> None:
    cause = Cause(lot.cause_type, lot.cause_id, lot.component, explanation={"code": "hold_ended"})
    key = f"release:{book.customer_id}:{book.unit}:{lot.version}"
    paid = min(book.debt, lot.remaining)
    if paid:
        book.move(
            Account.PENDING, Account.DEBT, paid, Kind.DEBT_PAYMENT, cause, f"{key}/debt", now, lot=lot, effective_at=at
        )
        book.draw(lot, paid)
    if lot.remaining:
        book.move(
            Account.PENDING, Account.AVAILABLE, lot.remaining, Kind.RELEASE, cause, key, now, lot=lot, effective_at=at
        )
    lot.released = True
    book.touched.add(lot.version)


def _expire(book: Book, lot: Lot, at: datetime, now: datetime) -> None:
    cause = Cause(lot.cause_type, lot.cause_id, lot.component, explanation={"code": "lot_ended"})
    key = f"expire:{book.customer_id}:{book.unit}:{lot.version}:{lot.expired}"
    amount = lot.remaining
    book.move(Account.AVAILABLE, Account.EXPIRED, amount, Kind.EXPIRY, cause, key, now, lot=lot, effective_at=at)
    book.draw(lot, amount)
    lot.expired += amount
