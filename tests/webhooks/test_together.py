"""Deliveries that arrive at the same moment are kept by one commit, and are told the truth together."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select

from regulars import shops
from regulars.db import unit_of_work
from regulars_webhooks.inbox import Delivery, InboxRow, keep_rows, row_of
from tests.servers import wait_until
from tests.world import World, WorldShop

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
CROWD = 12


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"REGULARS_INTAKE_BUSY_SECONDS": 1.0}


@contextmanager
def the_lock_is_held(world: World) -> Iterator[sqlite3.Connection]:
    with world.app.app_context():
        file = world.app.extensions["sqlalchemy"].engine.url.database
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


def kept(shop: WorldShop) -> int:
    question = select(func.count()).select_from(InboxRow).where(InboxRow.shop_id == shop.id)
    return shop.world.reads(lambda session: session.scalar(question) or 0)


def a_crowd_sends(shop: WorldShop, pool: ThreadPoolExecutor) -> list["Future[int]"]:
    def send(_number: int) -> int:
        return shop.sends_with(shop.world.app.test_client(), "orders/paid", shop.order("ada")).status_code

    return [pool.submit(send, number) for number in range(CROWD)]


def test_a_crowd_is_kept_by_few_commits(shop: WorldShop, world: World) -> None:
    commits: list[int] = []
    with world.app.app_context():
        engine = world.app.extensions["sqlalchemy"].engine
    with ThreadPoolExecutor(CROWD) as pool, the_lock_is_held(world) as lock:
        sent = a_crowd_sends(shop, pool)
        together = world.app.extensions["regulars_webhooks_intake"].together
        wait_until(lambda: len(together._waiting) == CROWD - 1, "the crowd did not gather", seconds=0.9)
        event.listen(engine, "commit", lambda _connection: commits.append(1))
        lock.execute("ROLLBACK")
        assert [one.result(5) for one in sent] == [200] * CROWD
    assert kept(shop) == CROWD
    assert len(commits) == 2


def test_while_the_database_is_busy_nobody_waits_twice(shop: WorldShop, world: World) -> None:
    with ThreadPoolExecutor(CROWD) as pool, the_lock_is_held(world):
        started = time.monotonic()
        assert [one.result(5) for one in a_crowd_sends(shop, pool)] == [503] * CROWD
        assert time.monotonic() - started < 1.9
    assert kept(shop) == 0
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 200


def test_a_new_secret_is_good_at_once(shop: WorldShop, world: World) -> None:
    def rotate(session: Any) -> None:
        shops.rotate_source(session, shops.get_shop(session, shop.id), "shopify", "second", world.clock.moment)

    assert shop.sends("orders/paid", shop.order("ada")).status_code == 200
    world.writes(rotate)
    shop.secret = b"second"
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 200


def test_a_replaced_secret_ends_within_a_second(shop: WorldShop, world: World) -> None:
    def rotate_twice(session: Any) -> None:
        for secret in ("second", "third"):
            shops.rotate_source(session, shops.get_shop(session, shop.id), "shopify", secret, world.clock.moment)

    assert shop.sends("orders/paid", shop.order("ada")).status_code == 200
    world.writes(rotate_twice)
    time.sleep(1)
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 401


def test_a_crowd_is_written_in_the_order_by_which_two_processes_would_meet(shop: WorldShop, world: World) -> None:
    """The same two messages twice, in two processes at once: who waits for the other must never be waited for."""
    written: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO regulars_inbox"):
            written.extend(value for row in parameters for value in row if str(value).startswith("wh-"))

    with world.app.app_context():
        engine = world.app.extensions["sqlalchemy"].engine
        event.listen(engine, "before_cursor_execute", listen)
        deliveries = [Delivery(shop.id, "app", "shopify", "orders/paid", b"{}", f"wh-{number}") for number in range(9)]
        rows = [row_of(delivery, world.clock.moment) for delivery in reversed(deliveries)]
        unit_of_work(lambda session: keep_rows(session, rows))
        event.remove(engine, "before_cursor_execute", listen)
    assert written == [f"wh-{number}" for number in range(9)]
