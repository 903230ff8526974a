"""One parcel in three phases: prepare in a transaction, send in none, record in a transaction.

Whatever happens between the two transactions is known afterwards: a row that says "sending" and has no record had no
answer. Such a row is looked up by its key, or waits for a person; it is never blindly repeated.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from regulars import metrics, runtime
from regulars.db import unit_of_work
from regulars.errors import LostLease, TransportError, UnknownOutcome
from regulars.work import service
from regulars.work.backoff import next_try
from regulars.work.handlers import Sending, Sift
from regulars.work.models import WorkRow

log = structlog.get_logger("regulars.work")


def send_one(table: Any, row: WorkRow, handler: Sending, token: str, now: datetime) -> None:
    """Take one row through its phases. Raises LostLease when another worker took it over."""
    earlier_try = row.sending_since is not None and not handler.repeatable
    if earlier_try and handler.lookup is None:
        error = UnknownOutcome(
            "An earlier try got no answer and the other side cannot be asked; look before replaying."
        )
        _refused(table, row, handler, error, token, now)
        return
    parcel = unit_of_work(lambda session: _prepare(session, table, row, handler, token, now))
    if parcel is None:
        return
    try:
        receipt = _ask(handler.lookup, parcel) if earlier_try and handler.lookup else None
        receipt = receipt if receipt is not None else handler.send(parcel)
    except TransportError as error:
        _refused(table, row, handler, error, token, now)
        return
    try:
        unit_of_work(lambda session: _record(session, table, row, handler, receipt, token, now))
    except LostLease:
        raise
    except Exception as error:  # it has left: what fails now must not make it leave again as if it had not
        doubt = UnknownOutcome(f"It was sent, and writing that down failed: {type(error).__name__}.")
        _refused(table, row, handler, doubt, token, now)


def sift(
    table: Any, shop_id: int, parcels: list[tuple[Any, Sending]], token: str, now: datetime
) -> list[tuple[Any, Sending]]:
    """Close, for each kind in one transaction, what need not be sent; what is left to send, in its order."""
    by_kind: dict[str, list[Any]] = {}
    sifts = {row.kind: handler.sift for row, handler in parcels if handler.sift}
    for row, _ in parcels:
        if row.kind in sifts and row.sending_since is None:  # an earlier try without an answer is no fresh start
            by_kind.setdefault(row.kind, []).append(row)
    closed: set[str] = set()
    for kind, rows in by_kind.items():
        if len(rows) > 1:  # one alone is prepared at once
            closed |= _sifted(table, shop_id, rows, sifts[kind], token, now)
    return [(row, handler) for row, handler in parcels if row.id not in closed]


def _sifted(table: Any, shop_id: int, rows: list[Any], decide: Sift, token: str, now: datetime) -> set[str]:
    def work(session: Session) -> set[str]:
        needless = set(decide(session, shop_id, rows, now))
        if needless:
            service.finish(session, table, shop_id, sorted(needless), token, now)
        return needless

    try:
        return unit_of_work(work)
    except Exception as error:  # one bad row must not hold up the others: each is then prepared alone, and fails alone
        log.warning("sift_failed", shop_id=shop_id, rows=len(rows), error=type(error).__name__)
        return set()


def tries_of(handler: Sending | None) -> int:
    """How many tries a row has: as its handler says, or the settings."""
    return (handler.tries if handler else None) or runtime.current().settings.tries


def _ask(lookup: Callable[[Any], Any | None], parcel: Any) -> Any | None:
    """Whether an earlier try arrived. While the other side cannot be asked, that is as unknown as it was."""
    try:
        return lookup(parcel)
    except TransportError as error:
        raise UnknownOutcome(f"Whether an earlier try arrived could not be asked: {error.detail}") from error


def _prepare(session: Session, table: Any, row: WorkRow, handler: Sending, token: str, now: datetime) -> Any | None:
    parcel = handler.prepare(session, row, now)
    if parcel is None:
        service.finish(session, table, row.shop_id, [row.id], token, now)
    else:
        service.mark_sending(session, row, token, now)
    return parcel


def _record(
    session: Session, table: Any, row: WorkRow, handler: Sending, receipt: Any, token: str, now: datetime
) -> None:
    handler.record(session, row, receipt, now)
    service.finish(session, table, row.shop_id, [row.id], token, now)


def _refused(table: Any, row: WorkRow, handler: Sending, error: TransportError, token: str, now: datetime) -> None:
    """Try again later, or give up; an unknown outcome is tried again only where it can be told apart from a repeat."""
    settings = runtime.current().settings
    unknown = isinstance(error, UnknownOutcome)
    doubted = row.sending_since is not None and not handler.repeatable  # a worker that stalled may still be at it
    again = (handler.repeatable or handler.lookup is not None) if unknown else not error.permanent
    chance = random.random()  # noqa: S311 - jitter, not a secret
    wait = next_try(row.attempts, tries_of(handler), settings.backoff_seconds, chance) if again else None
    if wait and error.retry_after_seconds:
        wait = max(wait, timedelta(seconds=error.retry_after_seconds))

    def write(session: Session) -> None:
        run_at = now + wait if wait else None
        why = f"{type(error).__name__}: {error}"
        service.put_back(session, table, row, token, why, run_at, now, keep_sending=unknown or doubted)
        if wait is None and handler.give_up is not None:
            handler.give_up(session, row, error, now)

    unit_of_work(write)
    metrics.faults.labels("sending_failed").inc()
    log.warning(
        "sending_failed", shop_id=row.shop_id, row=row.id, kind=row.kind, error=type(error).__name__, dead=wait is None
    )
