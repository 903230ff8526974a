"""What /metrics measures when it is asked: the same for every process, because it is read from the rows themselves.

Each gauge is one row of a table: its name, what it tells, its labels and how it is read.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import redis
from flask import current_app
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from regulars import clock, runtime, shops, vitals
from regulars.db import NO_DATABASE, all_shops, database_now, engine_of, reading
from regulars.work import queue_server

#: Label values, and the number.
Samples = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one scrape looks at; what is open is read once for all who tell of it."""

    session: Session
    now: datetime
    waiting: dict[str, vitals.Waiting]  # by the drain's name


@dataclass(frozen=True, slots=True)
class Gauge:
    """One thing that is measured; `read` gives its samples."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: Callable[[Asked], Samples]


def _rows(asked: Asked) -> Iterator[tuple[tuple[str, ...], float]]:
    for drain in runtime.current().drains:
        open_rows = asked.waiting[drain.name]
        yield (drain.name, "ready"), open_rows.ready
        yield (drain.name, "leased"), open_rows.leased
        yield (drain.name, "dead"), vitals.dead(asked.session, drain)


def _lag(asked: Asked) -> Samples:
    return [((name,), open_rows.oldest_seconds) for name, open_rows in asked.waiting.items()]


def _leases_overdue(asked: Asked) -> Samples:
    return [((name,), open_rows.leases_overdue) for name, open_rows in asked.waiting.items()]


def _retrying(asked: Asked) -> Samples:
    return [
        ((name, kind), count) for name, open_rows in asked.waiting.items() for kind, count in open_rows.retrying.items()
    ]


def _verified(asked: Asked) -> Samples:
    last = vitals.last_verification(asked.session)
    return [] if last is None else [((), 0.0 if last[1] else 1.0)]


def _skew(asked: Asked) -> Samples:
    return [(("database",), (database_now(asked.session) - datetime.now(UTC)).total_seconds())]


def _seal_age(asked: Asked) -> Samples:
    return [((), max((age for _, age in vitals.seal_ages(asked.session, asked.now)), default=0.0))]


#: What the database says.
DATABASE_GAUGES = (
    Gauge("regulars_rows", "Rows by drain and state", ("drain", "state"), _rows),
    Gauge("regulars_lag_seconds", "Age of the oldest row that is due", ("drain",), _lag),
    Gauge("regulars_leases_overdue", "Rows whose worker stopped and that nobody took over yet", ("drain",), _leases_overdue),
    Gauge("regulars_retrying", "Rows that failed and wait for another try", ("drain", "kind"), _retrying),
    Gauge(
        "regulars_unknown_outcomes", "Parcels that left without an answer and wait for a person", (),
        lambda asked: [((), vitals.unknown_outcomes(asked.session))],
    ),
    Gauge(
        "regulars_shops_without_clock", "Active shops for which no clock wrote periodic work of late", (),
        lambda asked: [((), len(vitals.shops_without_clock(asked.session, asked.now)))],
    ),
    Gauge("regulars_seal_age_seconds", "Age of the newest seal of the shop whose newest seal is oldest", (), _seal_age),
    Gauge(
        "regulars_endpoints_disabled", "Endpoints of others that hear nothing any more", (),
        lambda asked: [((), len(vitals.disabled_endpoints(asked.session)))],
    ),
    Gauge("regulars_verify_failed", "Whether the last `regulars verify` found something wrong", (), _verified),
    Gauge("regulars_clock_skew_seconds", "How far a server's clock is ahead of this process's", ("server",), _skew),
    Gauge(
        "regulars_root_key_fits", "Whether the root key is the one this database was written with", (),
        lambda asked: [((), 0.0 if shops.root_key_trouble(asked.session) else 1.0)],
    ),
)  # fmt: skip

#: What is told beside them, even when the database is away; the queue's only where one is set.
OTHER_GAUGES = {
    "regulars_database_up": "Whether the database answers",
    "regulars_queue_up": "Whether the queue server answers",
    "regulars_queue_keeps": "Whether the queue server keeps what it is told (maxmemory-policy noeviction)",
    "regulars_workers": "RQ workers that listen to our queue",
    "regulars_disk_free_ratio": "Free part of the disk that holds SQLite's file, 0 to 1",
}


def registry() -> CollectorRegistry:
    """A registry that measures when it is told."""
    made = CollectorRegistry()
    made.register(_Measured())
    return made


class _Measured(Collector):
    """Asks everybody; whoever does not answer is told as down."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with all_shops("metrics"), reading() as session:
                families = list(_of_database(session, clock.now()))
            up = 1.0
        except NO_DATABASE:
            families, up = [], 0.0
        yield _other("regulars_database_up", up)
        yield from families
        yield from _of_queue()
        yield from _of_disk()


def _of_database(session: Session, now: datetime) -> Iterator[GaugeMetricFamily]:
    drains = runtime.current().drains
    asked = Asked(session, now, {drain.name: vitals.waiting(session, drain, now) for drain in drains})
    for gauge in DATABASE_GAUGES:
        family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
        for labels, value in gauge.read(asked):
            family.add_metric(labels, value)
        yield family


def _of_queue() -> Iterator[GaugeMetricFamily]:
    settings = runtime.current().settings
    if not settings.redis_url:
        return
    try:
        seen = queue_server.look(settings)
    except redis.RedisError:
        yield _other("regulars_queue_up", 0.0)
        return
    yield _other("regulars_queue_up", 1.0)
    yield _other("regulars_queue_keeps", 1.0 if seen.policy == "noeviction" else 0.0)
    yield _other("regulars_workers", len(seen.heartbeats))


def _of_disk() -> Iterator[GaugeMetricFamily]:
    file = sqlite_file()
    if file is not None:
        usage = shutil.disk_usage(file.parent)
        yield _other("regulars_disk_free_ratio", usage.free / usage.total)


def sqlite_file() -> Path | None:
    """The file of the app's SQLite database; None on another database, or for one in memory."""
    engine = engine_of(current_app)
    name = engine.url.database
    on_disk = engine.dialect.name == "sqlite" and name and name != ":memory:"
    return Path(name).absolute() if on_disk and name else None


def _other(name: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, OTHER_GAUGES[name], value=value)
