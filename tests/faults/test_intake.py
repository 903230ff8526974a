"""Deliveries while a server is away: 200 means kept, everything else is sent again, and each order counts once."""

import random
import sqlite3
import time

import pytest
from sqlalchemy import make_url

from tests.faults.conftest import OpenTown
from tests.faults.servers import DurablePostgres
from tests.faults.town import DEEP, KEPT, REFUSED, Desk, during
from tests.servers import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.postgres, pytest.mark.timeout(240)]


def test_c015_postgres_is_stopped_during_fifty_deliveries(desk: Desk, cut_postgres: DurablePostgres) -> None:
    """C015: 503 and never 200 while it is away; sent again, all fifty count once."""
    town = desk.town
    town.serves()
    town.works_and_listens()

    def away() -> None:
        time.sleep(0.5)
        cut_postgres.stop()
        ready = town.page("/readyz")
        assert (ready.status_code, "does not answer" in ready.text) == (503, True)
        assert town.metric("regulars_database_up") == 0
        before = set(desk.numbers(KEPT))
        desk.delivers_all(range(900, 910))
        assert set(desk.numbers(KEPT)) == before
        time.sleep(3)
        cut_postgres.start()

    during(lambda: desk.delivers_all(range(1000, 1050), at_once=2, pause_seconds=0.2), away)
    assert desk.statuses[503] >= 10
    assert town.metric("regulars_events_not_kept_total") == desk.statuses[503]
    assert "not_kept" in town.says("web")
    town.hears("worker", "sweep_failed")
    desk.sends_the_rest_again()
    desk.becomes_quiet()
    desk.has_lost_and_doubled_nothing()
    assert len(desk.earned()) == 60
    assert town.page("/readyz").status_code == 200


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_c014_somebody_holds_the_lock_of_sqlite(open_town: OpenTown, database_url: str) -> None:
    """C014: the lock is held for 3 s during 20 deliveries: each is answered within 5 s, and 200 means a row."""
    desk = open_town(database_url)
    desk.town.serves()
    desk.delivers(999, desk.order(999))
    holder = sqlite3.connect(str(make_url(database_url).database), isolation_level=None)

    def hold(seconds: float) -> None:
        holder.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        holder.execute("ROLLBACK")

    during(lambda: desk.delivers_all(range(1000, 1020), at_once=20), lambda: hold(3))
    during(lambda: desk.delivers_all(range(1020, 1040), at_once=20), lambda: hold(3.6))
    assert desk.slowest_seconds < 5
    assert desk.statuses[503] > 0, "nobody was refused, so nothing was seen"
    assert set(desk.numbers(KEPT)) <= desk.kept_rows()
    assert desk.town.metric("regulars_events_not_kept_total") == desk.statuses[503]
    assert "not_kept" in desk.town.says("web")
    desk.sends_the_rest_again()
    desk.becomes_quiet()
    desk.has_lost_and_doubled_nothing()
    assert len(desk.earned()) == 41


def test_c017_valkey_is_stopped_during_two_hundred_deliveries(desk: Desk, queue: ValkeyServer) -> None:
    """C017: all are kept, and worked on without anybody's doing."""
    town = desk.town
    town.serves()
    town.works_and_listens()

    def away() -> None:
        time.sleep(0.5)
        queue.stop()
        ready = town.page("/readyz")
        assert (ready.status_code, "queue server does not answer" in ready.text) == (200, True)
        assert town.metric("regulars_queue_up") == 0
        time.sleep(5)
        queue.start()

    during(lambda: desk.delivers_all(range(1000, 1200), at_once=4, pause_seconds=0.12), away)
    assert desk.statuses == {200: 200}
    assert town.metric("regulars_faults_total", fault="doorbell_missed") > 0
    town.hears(
        "worker", "queue_server_away", "could not connect to Redis"
    )  # ours, or RQ's own while it waits for a job
    assert desk.becomes_quiet() < 60
    desk.has_lost_and_doubled_nothing()
    assert len(desk.earned()) == 200


def test_valkey_is_cut_off_and_comes_back_under_load(desk: Desk, queue: ValkeyServer) -> None:
    """kill -9 of the queue server, again and again, while orders come: nothing is lost, nothing comes twice."""
    desk.town.serves()
    desk.town.works_and_listens()

    def cut() -> None:
        for _ in range(10 if DEEP else 2):
            time.sleep(0.7)
            queue.kill()
            time.sleep(0.3)
            queue.start()

    during(lambda: desk.delivers_all(range(1000, 1150), at_once=4, pause_seconds=0.05), cut)
    assert desk.statuses == {200: 150}
    assert desk.becomes_quiet() < 60
    desk.has_lost_and_doubled_nothing()


def test_postgres_is_cut_off_and_recovers_under_load(desk: Desk, cut_postgres: DurablePostgres) -> None:
    """kill -9 of the database and all its backends while orders come and are worked on: what was answered 200 is there."""
    town = desk.town
    town.serves()
    town.works_and_listens()

    def cut() -> None:
        for _ in range(5 if DEEP else 1):
            time.sleep(1)
            cut_postgres.cut_off()
            time.sleep(0.5)
            cut_postgres.start()

    during(lambda: desk.delivers_all(range(1000, 1150), at_once=4, pause_seconds=0.1), cut)
    assert desk.statuses[503] > 0
    assert set(desk.numbers(KEPT)) <= desk.kept_rows()
    assert town.metric("regulars_events_not_kept_total") == desk.statuses[503]
    desk.sends_the_rest_again()
    desk.becomes_quiet()
    desk.has_lost_and_doubled_nothing()
    assert len(desk.earned()) == 150


def test_the_web_is_killed_in_the_middle_of_intake(desk: Desk) -> None:
    """kill -9 of the web at any moment (deep: five times): what it said it kept is there, what it did not say may be."""
    town = desk.town
    orders = 600 if DEEP else 100
    town.serves()

    def cut() -> None:
        for _ in range(5 if DEEP else 1):
            time.sleep(0.5 + random.random())
            town.kills("web")
            town.serves()

    during(lambda: desk.delivers_all(range(1000, 1000 + orders), at_once=8, pause_seconds=0.2), cut)
    kept = desk.kept_rows()
    assert set(desk.numbers(KEPT)) <= kept
    assert not kept & set(desk.numbers(REFUSED))
    town.works()
    desk.sends_the_rest_again()
    desk.becomes_quiet()
    desk.has_lost_and_doubled_nothing()
    assert len(desk.earned()) == orders
