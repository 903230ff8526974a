"""The clock and the sweep: write periodic work once per period, and find the work that nobody rang for."""

import threading
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from regulars import clock, metrics, runtime
from regulars.db import all_shops, reading, unit_of_work
from regulars.shops.models import Shop
from regulars.work import service
from regulars.work.runner import drain
from regulars.work.timetable import period

log = structlog.get_logger("regulars.clock")

#: Held while this process sweeps: a forking worker waits for it, so that no child is born with half a sweep's locks.
SWEEPING = threading.Lock()


def tick() -> None:
    """Write what is due by the timetable for every active shop; a second clock, or a second tick, adds nothing."""
    with all_shops("timetable"), reading() as session:
        shops = list(session.execute(select(Shop.id, Shop.timezone).where(Shop.state == "active")))
    for shop_id, zone in shops:
        try:
            unit_of_work(partial(_tick_shop, shop_id=shop_id, zone=ZoneInfo(zone)))
        except ZoneInfoNotFoundError:  # this machine lacks a zone: the other shops go on, and `doctor` names this one
            log.warning("zone_unknown", shop_id=shop_id, zone=zone)


def _tick_shop(session: Session, shop_id: int, zone: ZoneInfo) -> None:
    now = clock.now()
    entries = runtime.current().timetable
    rows = [service.row(shop_id, entry.kind, period(entry.every, now, zone), {}, now, lane="bulk") for entry in entries]
    service.add(session, rows)


def sweep(*, drains_itself: bool, rings: bool = True) -> None:
    """Ring for due rows that nobody rang for; where no queue server answers and this process may, drain them here."""
    hand = runtime.current()
    with all_shops("drain"), reading() as session:
        now = clock.now()
        due = any(service.shops_with_due_rows(session, a_drain.table, now) for a_drain in hand.drains)
    if due and not (rings and hand.doorbell.ring()) and drains_itself:
        drain()


def start_sweeping(app: Flask, *, drains_itself: bool) -> threading.Event:
    """Sweep in a daemon thread every few seconds until the returned event is set. One per web and worker process."""
    stop = threading.Event()
    threading.Thread(
        target=_sweep_for_ever, args=(app, drains_itself, stop), daemon=True, name="regulars-sweep"
    ).start()
    return stop


def _sweep_for_ever(app: Flask, drains_itself: bool, stop: threading.Event) -> None:
    while not stop.wait(runtime.of(app).settings.sweep_seconds):
        try:
            with SWEEPING, app.app_context():
                sweep(drains_itself=drains_itself)
        except (
            DBAPIError,
            NoConnection,
        ) as error:  # the database is away: the next sweep asks again, and /readyz says so
            metrics.faults.labels("sweep_failed").inc()
            log.warning("sweep_failed", error=type(error).__name__)
