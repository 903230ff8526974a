"""One run of the bench: its sizes, its servers, a folder of its own, and what the measures need again and again."""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, text

from bench.cpu import Meter
from bench.servers import DurablePostgres
from bench.sides import Side

POSTGRES, SQLITE = "PostgreSQL", "SQLite"
_PATIENCE_SECONDS = 240.0


@dataclass(frozen=True)
class Sizes:
    """How much each measure does; the ordinary side gets less of the same, so that both run for seconds."""

    rounds: int
    orders: int
    orders_yardstick: int
    orders_tuned: int
    rows: int
    jobs: int
    shoppers: int
    asks: int
    asks_yardstick: int
    entries: tuple[int, int]
    reads: int
    redemptions: int
    redemptions_yardstick: int
    history: int
    history_customers: int
    history_yardstick: int
    batches: int
    endurance_seconds: int
    events_a_second: dict[str, int]


FULL = Sizes(
    rounds=3, orders=4000, orders_yardstick=400, orders_tuned=1000, rows=50_000, jobs=1_000, shoppers=200, asks=8000,
    asks_yardstick=2000, entries=(10_000, 10_000_000), reads=20_000, redemptions=4000, redemptions_yardstick=1000,
    history=1_000_000, history_customers=200_000, history_yardstick=1000, batches=200, endurance_seconds=60,
    events_a_second={SQLITE: 100, POSTGRES: 200},
)  # fmt: skip
QUICK = Sizes(
    rounds=1, orders=1000, orders_yardstick=150, orders_tuned=300, rows=10_000, jobs=300, shoppers=20, asks=2000,
    asks_yardstick=500, entries=(10_000, 500_000), reads=5000, redemptions=800, redemptions_yardstick=200,
    history=10_000, history_customers=2000, history_yardstick=200, batches=50, endurance_seconds=10,
    events_a_second={SQLITE: 100, POSTGRES: 200},
)  # fmt: skip
TINY = Sizes(
    rounds=1, orders=40, orders_yardstick=20, orders_tuned=20, rows=60, jobs=10, shoppers=2, asks=40, asks_yardstick=20,
    entries=(500, 2000), reads=50, redemptions=32, redemptions_yardstick=16, history=60, history_customers=12,
    history_yardstick=20, batches=5, endurance_seconds=2, events_a_second={SQLITE: 10, POSTGRES: 10},
)  # fmt: skip


class Stopped(Protocol):
    """What can be stopped."""

    def stop(self) -> None:
        """All of it, and nothing is left behind."""


@dataclass
class Bench:
    """What a measure gets."""

    sizes: Sizes
    databases: tuple[str, ...]
    folder: Path
    postgres: DurablePostgres
    _numbers: "Iterator[int]" = field(default_factory=lambda: count(1))

    def database(self, kind: str) -> str:
        """The address of a new, empty database."""
        name = f"bench_{next(self._numbers)}"
        if kind == SQLITE:
            return f"sqlite:///{self.folder / name}.sqlite3"
        return self.postgres.create_database(name)

    def file(self, name: str) -> Path:
        """A file of this run."""
        return self.folder / f"{next(self._numbers)}-{name}"

    def count_rows(self, url: str) -> None:
        """Let PostgreSQL look at its tables, as its autovacuum does by itself within a minute; a round is shorter than that."""
        if url.startswith("postgresql"):
            engine = create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text("ANALYZE"))
            engine.dispose()

    def meter(self, side: Side, kind: str) -> Meter:
        """Who takes CPU while this side works; a database without a server is a part of web and worker."""
        server = {"database": self.postgres.process.pid} if kind == POSTGRES and self.postgres.process else {}
        return Meter({**side.roots, **server})


@contextmanager
def running(sizes: Sizes, databases: tuple[str, ...]) -> Iterator[Bench]:
    """The servers up, a folder beside them on the same disk; both gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-", dir="/tmp"))
    postgres = DurablePostgres()
    try:
        postgres.start()
        yield Bench(sizes, databases, folder, postgres)
    finally:
        postgres.discard()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def ending(*sides: Stopped) -> Iterator[None]:
    """All sides are stopped at the end, whether they were started or not."""
    try:
        yield
    finally:
        for side in sides:
            side.stop()


@contextmanager
def started(*sides: Side) -> Iterator[None]:
    """All sides up; all down at the end, also when one did not start."""
    with ending(*sides):
        for side in sides:
            side.start()
        yield


def wait_until(
    true: Callable[[], bool], what: str, *, every_seconds: float = 0.05, seconds: float = _PATIENCE_SECONDS
) -> float:
    """Ask until it is true; the moment (monotonic) at which it was. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} seconds")
        time.sleep(every_seconds)
    return time.monotonic()


def median(values: Iterable[float]) -> float:
    """The middle of some."""
    return statistics.median(values)


def say(words: str) -> None:
    """Progress, for who looks on."""
    print(f"  {words}", file=sys.stderr, flush=True)
