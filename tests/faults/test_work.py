"""Workers that die, freeze or meet, a queue that forgets, a handler that never works: each row is done once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

import pytest
import redis
from rq import Queue
from sqlalchemy import select

from regulars.values import iso
from regulars.work import WorkRow
from tests.embedded.house import clean_environment
from tests.faults.app import COUNT, HOLD, LOCK, NIGHTLY, RAISE
from tests.faults.conftest import OpenTown
from tests.faults.servers import freeze, thaw
from tests.faults.town import DEEP, Desk
from tests.servers import ValkeyServer, free_port, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.postgres, pytest.mark.timeout(300)]


def test_c044_the_queue_forgets_everything_with_five_hundred_jobs_open(desk: Desk, queue: ValkeyServer) -> None:
    """C044: FLUSHALL while 500 rows wait, and again and again while they are done: all done within 60 s, each once."""
    desk.adds(COUNT, range(500))
    queue.flush()
    desk.town.works(REGULARS_DRAIN_BATCH="20", REGULARS_DRAIN_SECONDS="0.1")
    for _ in range(10):
        time.sleep(0.1)
        queue.flush()
    assert desk.becomes_quiet(WorkRow) < 60
    assert desk.counted() == dict.fromkeys(range(500), 1)


def test_c046_workers_die_right_after_the_pop(desk: Desk, queue: ValkeyServer, tmp_path: Path) -> None:
    """C046: the job is gone for good each time, and no row is."""
    rounds = 200 if DEEP else 20
    client = redis.Redis.from_url(queue.url)
    with _script("popper", desk, tmp_path, queue.url) as died:
        for number in range(rounds):
            desk.adds(COUNT, [number])
            wait_until(lambda said=number: died() > said, "the worker did not die of it")  # type: ignore[misc]
            client.delete(_flag(queue))  # as after half a minute: whoever writes next rings anew
    left = Queue("regulars", connection=client)
    assert (left.count, left.started_job_registry.count, left.failed_job_registry.count) == (0, 0, 0)
    client.close()
    assert desk.counted() == {}
    assert desk.town.measure("regulars_rows", drain="work", state="ready") == rounds
    desk.town.works()
    assert desk.becomes_quiet(WorkRow) < 60
    assert desk.counted() == dict.fromkeys(range(rounds), 1)


def _flag(queue: ValkeyServer) -> str:
    with redis.Redis.from_url(queue.url) as client:
        (flag,) = [name.decode() for name in client.keys("regulars:rung:*")]
    return str(flag)


@contextmanager
def _script(name: str, desk: Desk, folder: Path, *arguments: str, **settings: str) -> Iterator["Said"]:
    """A process of the tests' own that runs as long as the block; gives how many lines it has said."""
    said = folder / f"{name}.{time.monotonic_ns()}.out"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", f"tests.faults.{name}", *arguments],
            env=clean_environment() | desk.town.environment | settings,
            stdout=out,
            stderr=out,
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield Said(said)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # a child that waits would take the next bell along
        process.wait()


class Said:
    """The lines in a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __call__(self) -> int:
        return self.file.read_text().count("\n")


def test_c049_a_handler_that_always_raises_hinders_nobody(desk: Desk) -> None:
    """C049: a dead letter after 8 tries, told in a metric; the 500 good rows' p95 is at most twice the baseline's."""
    desk.town.works(REGULARS_BACKOFF_SECONDS="5")
    desk.adds(COUNT, [9999])
    desk.becomes_quiet(WorkRow)
    baseline = _p95_seconds(desk, range(500))
    desk.adds(RAISE, [0])
    troubled = _p95_seconds(desk, range(1000, 1500))
    hiccup_seconds = 0.05  # what a busy machine adds to either of them
    assert troubled <= 2 * baseline + hiccup_seconds, (baseline, troubled)
    desk.town.kills("worker")
    desk.town.works(REGULARS_BACKOFF_SECONDS="0.05")  # the other tries, without the waits
    desk.becomes_quiet(WorkRow)
    question = select(WorkRow).where(WorkRow.shop_id == desk.shop.id, WorkRow.kind == RAISE)
    buried = desk.shop.world.reads(lambda session: session.scalars(question).one())
    assert (buried.state, buried.attempts) == ("dead", 8)
    assert buried.last_error == "ValueError: this handler always raises"
    assert desk.town.measure("regulars_rows", drain="work", state="dead") == 1
    assert "row_failed" in desk.town.says("worker")
    assert "dead=True" in desk.town.says("worker")


def _p95_seconds(desk: Desk, numbers: range) -> float:
    """Bring rows during two seconds; from a row's commit to its effect, the 95th percentile."""
    began: dict[int, float] = {}
    for start in range(numbers.start, numbers.stop, 25):
        began |= dict.fromkeys(range(start, start + 25), time.time())
        desk.adds(COUNT, range(start, start + 25))
        time.sleep(0.1)
    wait_until(lambda: len(desk.effects()) >= 1 + numbers.start // 2 + len(numbers), "not all were done", seconds=60)
    waits = [at - began[n] for n, at, _ in desk.effects() if n in began]
    assert len(waits) == len(numbers)
    return quantiles(waits, n=20)[18]


@pytest.mark.parametrize("database_kind", ["sqlite", "postgres"] if DEEP else ["sqlite"], indirect=True)
def test_three_workers_and_one_row(open_town: OpenTown, database_url: str) -> None:
    """Three workers look for work twenty times a second; each row is there for all of them, and done once."""
    desk = open_town(database_url, REGULARS_SWEEP_SECONDS="0.05")
    for key in ("one", "two", "three"):
        desk.town.works(key)
    for number in range(100 if DEEP else 40):
        desk.adds(COUNT, [number])
        time.sleep(0.05)
    desk.becomes_quiet(WorkRow)
    assert set(desk.counted().values()) == {1}
    assert len(desk.counted()) == (100 if DEEP else 40)


@pytest.mark.parametrize("kind", [HOLD, LOCK] if DEEP else [LOCK])
def test_a_worker_is_frozen_past_its_lease(desk: Desk, tmp_path: Path, kind: str) -> None:
    """SIGSTOP in the middle of a transaction: another worker does it, and the first, awake again, changes nothing.

    Where the first holds locks, PostgreSQL ends its session (after 60 s, here 3), and the second goes on.
    """
    gate = tmp_path / "gate"
    gate.touch()
    desk.becomes_known("ada")
    port = free_port()
    first = desk.town.works("first", FAULTS_IDLE_SECONDS="3", REGULARS_METRICS_PORT=str(port))
    desk.adds(kind, [1], gate=str(gate))
    wait_until(gate.with_suffix(".reached").exists, "the worker did not begin", seconds=60)
    freeze(first.pid)
    gate.unlink()
    try:
        wait_until(lambda: desk.town.measure("regulars_leases_overdue", drain="work") == 1, "nobody would have seen it")
        desk.town.works("second")
        assert desk.becomes_quiet(WorkRow, seconds=30) < 30
    finally:
        thaw(first.pid)
    desk.town.hears("first", "lease_lost")
    assert desk.town.count(port, "regulars_faults_total", fault="lease_lost") == 1
    assert desk.counted() == {1: 1}
    assert desk.states(WorkRow, kind=kind) == {"done": 1}
    desk.town.kills("second")
    desk.adds(COUNT, [2])  # the first works on as if nothing had been
    desk.becomes_quiet(WorkRow)
    assert desk.counted() == {1: 1, 2: 1}


class SteppingClock:
    """The time of all processes, in a file that is never half written."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.moment = datetime.now(UTC)

    def steps(self, **span: float) -> None:
        """It is suddenly another time; the first step starts it."""
        self.moment += timedelta(**span)
        fresh = self.file.with_suffix(".fresh")
        fresh.write_text(iso(self.moment), encoding="utf-8")
        fresh.replace(self.file)


@pytest.fixture
def stepping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SteppingClock:
    held = SteppingClock(tmp_path / "now")
    held.steps(seconds=0)
    monkeypatch.setenv("REGULARS_TEST_CLOCK", str(held.file))
    return held


def test_the_clock_steps_while_a_lease_runs(
    stepping: SteppingClock, open_town: OpenTown, cut_url: str, queue: ValkeyServer, tmp_path: Path
) -> None:
    """An hour forwards and back: leases run on the database's clock, so nobody takes the row over, and nothing is lost."""
    desk = open_town(cut_url, REGULARS_REDIS_URL=queue.url, REGULARS_TEST_CLOCK=str(stepping.file))
    gate = tmp_path / "gate"
    gate.touch()
    desk.town.works("first")
    desk.adds(HOLD, [1], gate=str(gate))
    wait_until(gate.with_suffix(".reached").exists, "the worker did not begin", seconds=60)
    desk.town.works("second")
    stepping.steps(hours=1)
    desk.adds(COUNT, range(10, 20))  # the second is awake and works
    wait_until(lambda: len(desk.effects()) == 10, "the second did nothing")
    stepping.steps(hours=-2)
    desk.adds(COUNT, range(20, 30))
    wait_until(lambda: len(desk.effects()) == 20, "after the step back nothing was done")
    time.sleep(3)  # longer than a lease
    gate.unlink()
    wait_until(lambda: desk.counted()[1] == 1, "the held row was not done")
    assert "lease_lost" not in desk.town.says("first") + desk.town.says("second")
    desk.adds(COUNT, [30])
    stepping.steps(hours=1)
    desk.becomes_quiet(WorkRow)
    assert set(desk.counted().values()) == {1}


def test_c051_four_clocks_and_a_daily_job(
    stepping: SteppingClock, open_town: OpenTown, cut_url: str, queue: ValkeyServer, tmp_path: Path
) -> None:
    """C051: four processes tick all the time during twenty days: the daily job runs twenty times."""
    desk = open_town(cut_url, REGULARS_REDIS_URL=queue.url, REGULARS_TEST_CLOCK=str(stepping.file))
    scripts = [_script("ticker", desk, tmp_path) for _ in range(4)]
    with scripts[0], scripts[1], scripts[2], scripts[3]:
        desk.town.works()
        for day in range(20):
            wait_until(lambda said=day: len(desk.effects()) > said, "the night did not come", seconds=60)  # type: ignore[misc]
            for _ in range(4):
                stepping.steps(hours=6)
                time.sleep(0.03)
        wait_until(lambda: len(desk.effects()) == 21, "the last night did not come", seconds=60)
    desk.becomes_quiet(WorkRow)
    nights = [note for _, _, note in desk.effects()]
    assert len(nights) == len(set(nights)) == 21  # the night that had begun, and twenty more
    assert set(desk.states(WorkRow, kind=NIGHTLY)) == {"done"}
