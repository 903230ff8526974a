"""Follow-ups: rows drained a second against one RQ job a row; the work is the same smallest one, an UPDATE of one row."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

import redis
from rq import Queue
from sqlalchemy import text

from bench.cpu import Meter, shares
from bench.ours.house import KIND
from bench.ours.side import Ours
from bench.rows import Row
from bench.running import POSTGRES, Bench, median, say, started, wait_until
from bench.sides import LostSomething
from bench.yardstick.jobs import see
from bench.yardstick.side import Yardstick
from regulars import work as outbox

_FORKED_JOBS = 20
_TABLE = "CREATE TABLE visits (id bigint PRIMARY KEY, seen boolean NOT NULL DEFAULT false)"
_UNSEEN = "SELECT count(*) FROM (SELECT 1 FROM visits WHERE NOT seen LIMIT 1) AS left_over"


def work(bench: Bench) -> Iterator[Row]:
    """Rows a second on each database; RQ's forking worker, as it is shipped, on the first."""
    for kind in bench.databases:
        say(f"work on {kind}")
        yield _race(bench, kind)


def _race(bench: Bench, kind: str) -> Row:
    ours = Ours(bench.database(kind), app="bench.ours.house:create_app", serves=False)
    plain = Yardstick(bench.database(kind), serves=False)
    forking = Yardstick(bench.database(kind), forking=True, serves=False)
    rates: dict[str, list[float]] = {"ours": [], "plain": [], "forking": []}
    ours.writes(lambda session: session.execute(text(_TABLE)))
    with started(ours, plain, forking):
        meters = {"ours": bench.meter(ours, kind), "plain": bench.meter(plain, kind)}
        turns = count(1)
        _ours(ours, next(turns), 10)
        _jobs(plain, next(turns), 5)
        for _ in range(bench.sizes.rounds):
            rates["plain"].append(_metered(meters["plain"], lambda: _jobs(plain, next(turns), bench.sizes.jobs)))
            rates["ours"].append(_metered(meters["ours"], lambda: _ours(ours, next(turns), bench.sizes.rows)))
            say(f"ours {rates['ours'][-1]:,.0f}/s, RQ job a row {rates['plain'][-1]:,.0f}/s")
        rates["forking"].append(_jobs(forking, next(turns), _FORKED_JOBS))
    per_row = {
        "ours": sum(meters["ours"].taken.values()) / (bench.sizes.rows * bench.sizes.rounds) * 1e6,
        "plain": sum(meters["plain"].taken.values()) / (bench.sizes.jobs * bench.sizes.rounds) * 1e6,
    }
    note = (
        f"The yardstick is RQ's SimpleWorker with one job a row; its forking Worker, as shipped, did {rates['forking'][0]:,.0f}/s. "
        f"Ours is `regulars worker` with a host's handler that gets a batch at a time. CPU of a row: yardstick {per_row['plain']:,.0f} µs "
        f"({shares(meters['plain'].taken)}), ours {per_row['ours']:,.0f} µs ({shares(meters['ours'].taken)})."
    )
    wanted = 100 if kind == POSTGRES else None
    return Row(
        f"follow-ups drained, {kind}", "/s", median(rates["ours"]), median(rates["plain"]), wanted=wanted, note=note
    )


def _metered(meter: Meter, run: Callable[[], float]) -> float:
    meter.start()
    rate = run()
    meter.stop()
    return rate


def _ours(side: Ours, turn: int, rows: int) -> float:
    """So many work rows written in one transaction; the clock runs from its commit to the last row."""
    first = turn * 1_000_000
    numbers = range(first, first + rows)
    fill = text("INSERT INTO visits (id) VALUES (:id)")
    now = datetime.now(UTC)
    side.writes(lambda session: session.execute(fill, [{"id": number} for number in numbers]))
    written = [outbox.row(side.shop_id, KIND, str(number), {"visit": number}, now) for number in numbers]
    side.writes(lambda session: outbox.add(session, written))
    begun = time.monotonic()
    ended = wait_until(lambda: not side.busy(), "all rows drained")
    if side.number(_UNSEEN):
        raise LostSomething("rows were closed whose work was not done")
    if trouble := side.complaints():
        raise LostSomething(trouble)
    return rows / (ended - begun)


def _jobs(side: Yardstick, turn: int, jobs: int) -> float:
    """So many jobs enqueued in one pipeline; the clock runs from then to the last row."""
    first = turn * 1_000_000
    numbers = range(first, first + jobs)
    with side.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO visits (id, seen) VALUES (:id, false)"), [{"id": number} for number in numbers]
        )
    with redis.Redis.from_url(side.queue.url) as client:
        queue = Queue("yardstick", connection=client)
        queue.enqueue_many([Queue.prepare_data(see, (number,), result_ttl=0) for number in numbers])
    begun = time.monotonic()
    ended = wait_until(lambda: not side.number(_UNSEEN), "all jobs done", every_seconds=0.01)
    return jobs / (ended - begun)
