"""The drain: claims due rows with a lease, does them in batches, and leaves what fails where a person finds it.

Live rows go before bulk ones and every shop gets its turn. One drain stops after some seconds and rings again.
"""

import random
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from regulars import clock, metrics, runtime
from regulars.db import all_shops, reading, unit_of_work
from regulars.errors import LostLease, RegularsError, SettingsError, TransportError
from regulars.values import new_id
from regulars.work import service
from regulars.work.backoff import next_try
from regulars.work.handlers import Drain, Local, Outcome, Sending
from regulars.work.models import WorkRow
from regulars.work.sending import send_one

log = structlog.get_logger("regulars.work")


def drain(*, seconds: float | None = None, breath_seconds: float = 0.0) -> int:
    """Work until nothing is due or the time is up (then ring again); the number of rows that were taken up.

    After a round that was not full it waits `breath_seconds`: a batch costs the same statements for one row as for a
    hundred, and on SQLite those who bring new rows need the lock meanwhile.
    """
    hand = runtime.current()
    hand.doorbell.answer()
    deadline = time.monotonic() + (seconds or hand.settings.drain_seconds)
    taken = 0
    while progress := sum(_turn(a_drain, deadline) for a_drain in hand.drains):
        taken += progress
        if time.monotonic() > deadline:
            hand.doorbell.ring()
            break
        if progress < hand.settings.drain_batch:
            time.sleep(breath_seconds)
    return taken


def _turn(a_drain: Drain, deadline: float) -> int:
    """One batch for every shop that has something due: nobody waits behind somebody else's mountain."""
    with all_shops("drain"), reading() as session:
        shops = service.shops_with_due_rows(session, a_drain.table, clock.now())
    taken = 0
    for shop_id in shops:
        if time.monotonic() > deadline:
            break
        taken += _drain_shop(a_drain, shop_id, deadline)
    return taken


def _drain_shop(a_drain: Drain, shop_id: int, deadline: float) -> int:
    token = new_id()
    now = clock.now()
    limit = runtime.current().settings.drain_batch
    rows = unit_of_work(lambda session: _claim(session, a_drain, shop_id, now, token, limit))
    if rows:
        with _heartbeat(a_drain.table, shop_id, token):
            _do(a_drain, shop_id, [row for row in rows if not a_drain.sender(row)], token, now)
            _send(a_drain, [row for row in rows if a_drain.sender(row)], token, deadline)
    return len(rows)


def _claim(session: Session, a_drain: Drain, shop_id: int, now: datetime, token: str, limit: int) -> list[Any]:
    """What is due; a row that took its worker along at every try is buried instead of taking along the next one."""
    rows = service.claim(session, a_drain.table, shop_id, now, token, limit)
    tries = runtime.current().settings.tries
    for row in rows:
        if row.attempts > 1 and row.last_error is None:  # taken up before, and nobody said what became of it
            metrics.faults.labels("taken_over").inc()
        if row.attempts > tries:
            why = f"It was taken up {tries} times and never finished: its worker died or lost it each time."
            service.put_back(session, a_drain.table, row, token, why, None, now)
    return [row for row in rows if row.attempts <= tries]


def _send(a_drain: Drain, rows: list[Any], token: str, deadline: float) -> None:
    """Each parcel alone, as long as there is time; the rest goes back as if it had not been taken."""
    for position, row in enumerate(rows):
        if position and time.monotonic() > deadline:
            unit_of_work(lambda session: service.let_go(session, a_drain.table, rows[0].shop_id, token))
            return
        handler = a_drain.sender(row)
        assert handler is not None, "only rows with a sender come here"
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
        unit_of_work(lambda session: _batch(session, a_drain, shop_id, rows, token, now))
    except LostLease:
        _lease_lost(a_drain, shop_id, len(rows))
    except Exception as error:  # any failure becomes the row's own: a next try or a dead letter that says why
        if len(rows) == 1:
            _fail(a_drain, rows[0], error, token, now)
            return
        for row in rows:
            _do(a_drain, shop_id, [row], token, now)


def _lease_lost(a_drain: Drain, shop_id: int, rows: int) -> None:
    metrics.faults.labels("lease_lost").inc()
    log.warning("lease_lost", drain=a_drain.name, shop_id=shop_id, rows=rows)


def _batch(session: Session, a_drain: Drain, shop_id: int, rows: list[Any], token: str, now: datetime) -> None:
    outcomes = a_drain.handle(session, shop_id, rows, now)
    done = [row.id for row in rows if row.id not in outcomes]
    if done:
        service.finish(session, a_drain.table, shop_id, done, token, now)
    for row_id, outcome in outcomes.items():
        service.finish(session, a_drain.table, shop_id, [row_id], token, now, state=outcome.state, why=outcome.why)


def _fail(a_drain: Drain, row: Any, error: Exception, token: str, now: datetime) -> None:
    """Put the row back with its next try, or bury it, in a transaction of its own: the failure outlives the rollback."""
    settings = runtime.current().settings
    permanent = isinstance(error, RegularsError) and not isinstance(error, SettingsError)
    if isinstance(error, TransportError):
        permanent = error.permanent
    chance = random.random()  # noqa: S311 - jitter, not a secret
    wait = None if permanent else next_try(row.attempts, settings.tries, settings.backoff_seconds, chance)
    why = f"{type(error).__name__}: {_words(error)}"
    sender = a_drain.sender(row)

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


@contextmanager
def _heartbeat(table: Any, shop_id: int, token: str) -> Iterator[None]:
    """Renew the leases of `token` from a thread while the work goes on."""
    stop = Event()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    thread = Thread(target=_beat, args=(app, table, shop_id, token, stop), daemon=True, name="regulars-heartbeat")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(app: Flask, table: Any, shop_id: int, token: str, stop: Event) -> None:
    with app.app_context():
        while not stop.wait(runtime.current().settings.heartbeat_seconds):
            try:
                unit_of_work(lambda session: service.renew(session, table, shop_id, token), tries=1)
            except (
                DBAPIError,
                NoConnection,
            ) as error:  # a missed beat costs at most the lease, and the fence holds then
                metrics.faults.labels("heartbeat_missed").inc()
                log.warning("heartbeat_missed", error=type(error).__name__)


def handle_work(session: Session, shop_id: int, rows: list[WorkRow], now: datetime) -> dict[str, Outcome]:
    """The drain of the work table: the rows of each local kind as one batch in this transaction."""
    handlers = runtime.current().handlers
    outcomes: dict[str, Outcome] = {}
    for kind in dict.fromkeys(row.kind for row in rows):
        of_kind = [row for row in rows if row.kind == kind]
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
