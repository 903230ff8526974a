"""Jobs are rows: the queue may lose everything."""

from functools import partial
from typing import Any

import pytest
import redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from regulars import runtime, work
from regulars.work import Local, WorkRow, clockwork, entry
from tests.world import World, WorldShop

DONE: list[int] = []


@pytest.fixture
def settings(queue_url: str) -> dict[str, Any]:
    return {"REGULARS_REDIS_URL": queue_url}


@pytest.fixture(autouse=True)
def a_handler_that_counts(world: World) -> None:
    DONE.clear()
    runtime.of(world.app).handlers["test.count"] = Local(
        lambda _session, _shop, rows, _now: DONE.extend(row.payload["n"] for row in rows)
    )


def rows(shop: WorldShop, numbers: range) -> list[dict[str, Any]]:
    return [work.row(shop.id, "test.count", str(number), {"n": number}, shop.world.clock.moment) for number in numbers]


def answers_the_bell(world: World, url: str) -> int:
    """A worker takes what rings, until nothing does; how many jobs failed."""
    entry.use(world.app)
    connection = redis.Redis.from_url(url)
    queue = Queue("regulars", connection=connection, serializer=JSONSerializer)
    SimpleWorker([queue], connection=connection, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")
    failed: int = queue.failed_job_registry.count
    connection.close()
    return failed


def states(shop: WorldShop) -> dict[str, int]:
    question = select(WorkRow.state, func.count()).where(WorkRow.shop_id == shop.id, WorkRow.kind == "test.count")
    return shop.world.reads(
        lambda session: {row[0]: row[1] for row in session.execute(question.group_by(WorkRow.state))}
    )


@pytest.mark.slow
@pytest.mark.faults
def test_c044_a_flushed_queue_loses_nothing(alpha: WorldShop, world: World, queue_url: str) -> None:
    world.writes(lambda session: work.add(session, rows(alpha, range(500))))
    redis.Redis.from_url(queue_url).flushall()
    assert answers_the_bell(world, queue_url) == 0
    assert DONE == []
    with world.app.app_context():
        clockwork.sweep(drains_itself=False)
    assert answers_the_bell(world, queue_url) == 0
    assert sorted(DONE) == list(range(500))
    assert states(alpha) == {"done": 500}


def test_c048_work_that_was_rolled_back_is_never_done(alpha: WorldShop, world: World, queue_url: str) -> None:
    def fails(session: Any) -> None:
        work.add(session, rows(alpha, range(5)))
        raise RuntimeError("after the call")

    with pytest.raises(RuntimeError, match="after the call"):
        world.writes(fails)
    assert redis.Redis.from_url(queue_url).dbsize() == 0
    assert answers_the_bell(world, queue_url) == 0
    assert DONE == []
    assert states(alpha) == {}


@pytest.mark.slow
def test_c048_a_thousand_fast_jobs_find_their_rows(alpha: WorldShop, world: World, queue_url: str) -> None:
    for start in range(0, 1000, 20):
        world.writes(partial(work.add, rows=rows(alpha, range(start, start + 20))))
        assert answers_the_bell(world, queue_url) == 0
    assert sorted(DONE) == list(range(1000))
    assert states(alpha) == {"done": 1000}
