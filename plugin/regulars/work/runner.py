"""The drain: claims due rows with a lease, does them in batches, and leaves what fails where a person finds it.

Live rows go before bulk ones and every shop gets its turn. One drain stops after some seconds and rings again.
"""

import random
import time
import traceback
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from regulars import clock, metrics, runtime
from regulars.db import all_shops, reading, unit_of_work
from regulars.errors import LostLease, RegularsError, SettingsError, TransportError
from regulars.values import new_id
from regulars.work import service
from regulars.work.backoff import next_try
from regulars.work.handlers import DONE, Drain, Local, Outcome, Sending
from regulars.work.heartbeat import Heartbeat
from regulars.work.models import WorkRow
from regulars.work.pace import FIRST_BATCH, next_batch
from regulars.work.sending import send_one, sift, tries_of

log = structlog.get_logger("regulars.work")


def drain(*, seconds: float | None = None, breath_seconds: float = 0.0) -> int:
    """Work until nothing is due or the time is up (then ring again); the number of rows that were taken up.

    After a round without a full batch it waits `breath_seconds`: a batch costs the same statements for one row as for a
    hundred, and on SQLite those who bring new rows need the lock meanwhile.
    """
    hand = runtime.current()
    hand.doorbell.answer()
    shift = _Shift(time.monotonic() + (seconds or hand.settings.drain_seconds), hand.settings.drain_batch)
    try:
        while sum([_turn(a_drain, shift) for a_drain in hand.drains]):
            if shift.is_over:
                hand.doorbell.ring()
                break
            if not shift.was_full:
                time.sleep(breath_seconds)
            shift.was_full = False
    finally:
        shift.heartbeat.stop()
    return shift.taken


class _Shift:
    """One drain from its first batch to its last: until when, how many rows at once, what has been taken up."""

    def __init__(self, deadline: float, most: int) -> None:
        self.deadline = deadline
        self.heartbeat = Heartbeat()
        self.taken = 0
        self.was_full = False
        self._most = most
        self._limits: dict[str, int] = {}

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.deadline

    def limit(self, a_drain: Drain) -> int:
        """How many rows the next batch may have."""
        return self._limits.get(a_drain.name, min(FIRST_BATCH, self._most))

    def took(self, a_drain: Drain, rows: int, seconds: float) -> None:
        """What one batch had and lasted; the next one may be larger, or had better be smaller."""
        self.taken += rows
        if rows >= (limit := self.limit(a_drain)):
            self.was_full = True
            self._limits[a_drain.name] = next_batch(limit, seconds, self._most)


def _turn(a_drain: Drain, shift: _Shift) -> int:
    """One batch for every shop that has something due: nobody waits behind somebody else's mountain."""
    with all_shops("drain"), reading() as session:
        shops = service.shops_with_due_rows(session, a_drain.table, clock.now())
    before = shift.taken
    for shop_id in shops:
        if shift.is_over:
            break
        _drain_shop(a_drain, shop_id, shift)
    return shift.taken - before


def _drain_shop(a_drain: Drain, shop_id: int, shift: _Shift) -> None:
    token = new_id()
    started, now = time.monotonic(), clock.now()
    limit = shift.limit(a_drain)
    rows = unit_of_work(lambda session: _claim(session, a_drain, shop_id, now, token, limit))
    if rows:
        with shift.heartbeat.during(a_drain.table, shop_id, token):
            one_of_each = {row.kind: row for row in rows}
            senders = {kind: a_drain.sender(row) for kind, row in one_of_each.items()}
            parcels = [(row, sender) for row in rows if (sender := senders[row.kind])]
            leaving = {row.id for row, _ in parcels}
            _do(a_drain, shop_id, [row for row in rows if row.id not in leaving], token, now)
            shift.took(a_drain, len(rows), time.monotonic() - started)
            _send(a_drain, sift(a_drain.table, shop_id, parcels, token, now), token, shift)


def _claim(session: Session, a_drain: Drain, shop_id: int, now: datetime, token: str, limit: int) -> list[Any]:
    """What is due; a row that took its worker along at every try is buried instead of taking along the next one."""
    rows = service.claim(session, a_drain.table, shop_id, now, token, limit)
    worn_out = set()
    for row in rows:
        if row.attempts == 1:
            continue
        if row.last_error is None:  # taken up before, and nobody said what became of it
            metrics.faults.labels("taken_over").inc()
        if row.attempts > (tries := tries_of(a_drain.sender(row))):
            why = f"It was taken up {tries} times and never finished: its worker died or lost it each time."
            service.put_back(session, a_drain.table, row, token, why, None, now)
            worn_out.add(row.id)
    return [row for row in rows if row.id not in worn_out]


def _send(a_drain: Drain, parcels: list[tuple[Any, Sending]], token: str, shift: _Shift) -> None:
    """Each parcel alone, as long as there is time; the rest goes back as if it had not been taken."""
    for position, (row, handler) in enumerate(parcels):
        if position and shift.is_over:
            unit_of_work(partial(service.let_go, table=a_drain.table, shop_id=row.shop_id, token=token))
            return
        try:
            send_one(a_drain.table, row, handler, token, clock.now())
        except LostLease:
            _lease_lost(a_drain, row.shop_id, 1)
        except Exception as error:  # any failure becomes the row's own: a next try or a dead letter that says why
            _fail(a_drain, row, error, token, clock.now())


def _do(a_drain: Drain, shop_id: int, rows: list[Any], token: str, now: datetime) -> None:
    """The whole batch in one transaction; if anything in it fails, each row alone."""
    if not rows:
        return
    try:
        outcomes = unit_of_work(lambda session: _batch(session, a_drain, shop_id, rows, token, now))
    except LostLease:
        _lease_lost(a_drain, shop_id, len(rows))
    except Exception as error:  # any failure becomes the row's own: a next try or a dead letter that says why
        if len(rows) == 1:
            _fail(a_drain, rows[0], error, token, now)
            return
        for row in rows:
            _do(a_drain, shop_id, [row], token, now)
    else:
        for row_id in (row_id for row_id, outcome in outcomes.items() if outcome.state == "dead"):
            metrics.faults.labels("row_failed").inc()
            log.warning("row_refused", drain=a_drain.name, shop_id=shop_id, row=row_id, dead=True)


def _lease_lost(a_drain: Drain, shop_id: int, rows: int) -> None:
    metrics.faults.labels("lease_lost").inc()
    log.warning("lease_lost", drain=a_drain.name, shop_id=shop_id, rows=rows)


def _batch(
    session: Session, a_drain: Drain, shop_id: int, rows: list[Any], token: str, now: datetime
) -> dict[str, Outcome]:
    outcomes = a_drain.handle(session, shop_id, rows, now)
    ends: dict[Outcome, list[str]] = {}
    for row in rows:
        ends.setdefault(outcomes.get(row.id, DONE), []).append(row.id)
    for outcome, ids in ends.items():
        service.finish(session, a_drain.table, shop_id, ids, token, now, state=outcome.state, why=outcome.why)
    return outcomes


def _fail(a_drain: Drain, row: Any, error: Exception, token: str, now: datetime) -> None:
    """Put the row back with its next try, or bury it, in a transaction of its own: the failure outlives the rollback."""
    permanent = isinstance(error, RegularsError) and not isinstance(error, SettingsError)
    if isinstance(error, TransportError):
        permanent = error.permanent
    chance = random.random()  # noqa: S311 - jitter, not a secret
    sender = a_drain.sender(row)
    backoff_seconds = runtime.current().settings.backoff_seconds
    wait = None if permanent else next_try(row.attempts, tries_of(sender), backoff_seconds, chance)
    why = f"{type(error).__name__}: {_words(error)}"
    doubted = getattr(row, "sending_since", None) is not None  # an earlier try got no answer: that stays so

    def write(session: Session) -> None:
        run_at = now + wait if wait else None
        service.put_back(session, a_drain.table, row, token, why, run_at, now, keep_sending=doubted)
        if wait is None and sender is not None and sender.give_up is not None:
            sender.give_up(session, row, error, now)

    try:
        unit_of_work(write)
    except LostLease:
        _lease_lost(a_drain, row.shop_id, 1)
        return
    metrics.faults.labels("row_failed").inc()
    log.warning(
        "row_failed", drain=a_drain.name, shop_id=row.shop_id, row=row.id, error=type(error).__name__,
        where=_where(error), dead=wait is None,
    )  # fmt: skip


def _words(error: Exception) -> str:
    """What is kept of an error. A database's own goes without the values of its statement: they may be a shopper's."""
    if not isinstance(error, DBAPIError):
        return str(error)
    return str(error.orig).partition("\n")[0]  # PostgreSQL tells the row from the second line on


def _where(error: Exception) -> str:
    """The place an error came from. Its message stays out of the log: it may quote what a shopper wrote."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def handle_work(session: Session, shop_id: int, rows: list[WorkRow], now: datetime) -> dict[str, Outcome]:
    """The drain of the work table: the rows of each local kind as one batch in this transaction."""
    handlers = runtime.current().handlers
    outcomes: dict[str, Outcome] = {}
    by_kind: dict[str, list[WorkRow]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    for kind, of_kind in by_kind.items():
        handler = handlers.get(kind)
        if isinstance(handler, Local):
            handler.run(session, shop_id, of_kind, now)
        else:
            why = f"no handler for {kind!r} is registered in this app; install what wrote it, then replay"
            outcomes |= {row.id: Outcome("dead", why) for row in of_kind}
    return outcomes


def sender_of_work(row: WorkRow) -> Sending | None:
    """The three-phased handler of a work row, if its kind has one."""
    handler = runtime.current().handlers.get(row.kind)
    return handler if isinstance(handler, Sending) else None


WORK = Drain("work", WorkRow, handle_work, sender_of_work)
