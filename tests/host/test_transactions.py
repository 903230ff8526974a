"""In the host's request the transaction is the host's: we never commit it, and what we would tell waits for its commit."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from regulars import clock, ledger, runtime, signals, work
from regulars.db import unit_of_work
from tests.world import World, WorldShop

Told = list[dict[str, Any]]


@pytest.fixture
def told() -> Iterator[Told]:
    """What the host hears of posted points."""
    heard: Told = []

    def hear(_app: Flask, **ids: Any) -> None:
        heard.append(ids)

    with signals.points_posted.connected_to(hear):
        yield heard


@pytest.fixture
def rings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The doorbell's rings; there is no queue server in these tests."""
    heard: list[int] = []
    monkeypatch.setattr(runtime.of(app).doorbell, "ring", lambda: heard.append(1))
    return heard


@pytest.fixture
def ada(shop: WorldShop) -> str:
    """Ada has bought for 100.00, so she has 100 points."""
    shop.customer_pays("ada", "100.00")
    return shop.id_of("ada")


def gives(shop: WorldShop, customer_id: str, points: int, **said: Any) -> Any:
    """The host's own view gives points."""
    document = {"shop_id": shop.id, "customer_id": customer_id, "points": points, "why": "birthday"} | said
    answer = shop.world.client.post("/gifts", json=document)
    assert answer.status_code == 200
    return answer.json


def notes(world: World) -> list[str]:
    """What the host wrote beside the points."""
    return world.reads(lambda session: list(session.scalars(text("SELECT text FROM notes"))))


def adjust(session: Session, shop: WorldShop, customer_id: str, points: int, key: str) -> None:
    """As the host's code does it."""
    cause = ledger.Cause("gift", key)
    ledger.adjust(session, shop.id, customer_id, "points", points, cause, key, clock.now())


def rings_for(session: Session, shop: WorldShop, key: str) -> None:
    """Write work down, which rings."""
    work.add(session, [work.row(shop.id, "inbox.purge", key, {}, clock.now(), lane="bulk")])


def test_points_and_the_hosts_own_row_are_committed_together(shop: WorldShop, ada: str, told: Told) -> None:
    assert gives(shop, ada, 50) == {"given": True}
    assert shop.points("ada") == 150
    assert notes(shop.world) == ["birthday"]
    assert told == [{"shop_id": shop.id, "customer_id": ada, "unit": "points", "versions": (2, 2)}]
    assert shop.is_clean()


def test_what_the_host_does_not_commit_never_happened(shop: WorldShop, ada: str, told: Told) -> None:
    gives(shop, ada, 50, then="forget")
    assert shop.points("ada") == 100
    assert notes(shop.world) == []
    assert told == []


def test_when_the_hosts_view_crashes_nothing_is_left(shop: WorldShop, ada: str, told: Told) -> None:
    said = {"shop_id": shop.id, "customer_id": ada, "points": 50, "why": "birthday", "then": "crash"}
    assert shop.world.client.post("/gifts", json=said).status_code == 500
    assert shop.points("ada") == 100
    assert notes(shop.world) == []
    assert told == []
    assert shop.is_clean()


def test_an_error_of_ours_leaves_the_host_to_decide(shop: WorldShop, ada: str, told: Told) -> None:
    assert gives(shop, ada, -101) == {"given": False}
    assert shop.points("ada") == 100
    assert notes(shop.world) == []
    assert told == []


def test_the_same_gift_twice_is_given_once(shop: WorldShop, ada: str, told: Told) -> None:
    gives(shop, ada, 50)
    gives(shop, ada, 50)
    assert shop.points("ada") == 150
    assert len(told) == 1


def test_nothing_is_told_before_the_hosts_commit(shop: WorldShop, ada: str, told: Told, rings: list[int]) -> None:
    with shop.world.app.app_context():
        session = shop.world.app.extensions["sqlalchemy"].session()
        adjust(session, shop, ada, 50, "one")
        rings_for(session, shop, "one")
        session.flush()
        assert (told, rings) == ([], [])
        session.commit()
        assert (len(told), len(rings)) == (1, 1)
        session.commit()
        assert (len(told), len(rings)) == (1, 1)


def test_nothing_is_told_after_the_hosts_rollback(shop: WorldShop, ada: str, told: Told, rings: list[int]) -> None:
    with shop.world.app.app_context():
        session = shop.world.app.extensions["sqlalchemy"].session()
        adjust(session, shop, ada, 50, "one")
        rings_for(session, shop, "one")
        session.rollback()
        adjust(session, shop, ada, 7, "two")
        session.commit()
    assert [ids["versions"] for ids in told] == [(2, 2)]
    assert rings == []
    assert shop.points("ada") == 107


def test_a_session_that_is_only_closed_tells_nothing_later(shop: WorldShop, ada: str, told: Told) -> None:
    with shop.world.app.app_context():
        session = shop.world.app.extensions["sqlalchemy"].session()
        adjust(session, shop, ada, 50, "one")
        session.close()
        session.execute(text("INSERT INTO notes (text) VALUES ('later')"))
        session.commit()
    assert told == []


def test_a_released_savepoint_tells_with_the_whole_transaction(
    shop: WorldShop, ada: str, told: Told, rings: list[int]
) -> None:
    with shop.world.app.app_context():
        session = shop.world.app.extensions["sqlalchemy"].session()
        with session.begin_nested():
            adjust(session, shop, ada, 50, "one")
            rings_for(session, shop, "one")
        assert (told, rings) == ([], [])
        session.commit()
    assert (len(told), len(rings)) == (1, 1)


def test_a_savepoint_that_is_rolled_back_takes_its_tellings_along(
    shop: WorldShop, ada: str, told: Told, rings: list[int]
) -> None:
    with shop.world.app.app_context():
        session = shop.world.app.extensions["sqlalchemy"].session()
        adjust(session, shop, ada, 7, "kept")
        outer = session.begin_nested()
        with session.begin_nested():
            adjust(session, shop, ada, 50, "gone with the outer one")
            rings_for(session, shop, "gone")
        outer.rollback()
        session.commit()
    assert [ids["versions"] for ids in told] == [(2, 2)]
    assert rings == []
    assert shop.points("ada") == 107
    assert shop.is_clean()


def test_a_savepoint_of_the_host_rolled_back_inside_keeps_the_rest(shop: WorldShop, ada: str, told: Told) -> None:
    with shop.world.app.app_context():
        session = shop.world.app.extensions["sqlalchemy"].session()
        with suppress(ZeroDivisionError), session.begin_nested():
            adjust(session, shop, ada, 50, "gone")
            raise ZeroDivisionError
        with session.begin_nested():
            adjust(session, shop, ada, 9, "kept")
        session.commit()
    assert len(told) == 1
    assert shop.points("ada") == 109


def test_a_handler_may_use_the_hosts_session(shop: WorldShop, ada: str) -> None:
    host_session = shop.world.app.extensions["sqlalchemy"].session

    def write_note(_app: Flask, **ids: Any) -> None:
        host_session.execute(text("INSERT INTO notes (text) VALUES ('heard')"))
        host_session.commit()

    with signals.points_posted.connected_to(write_note):
        gives(shop, ada, 50)
    assert sorted(notes(shop.world)) == ["birthday", "heard"]


def test_a_handler_that_fails_stops_neither_the_host_nor_the_next_handler(
    shop: WorldShop, ada: str, told: Told
) -> None:
    def fail(_app: Flask, **ids: Any) -> None:
        raise ZeroDivisionError

    with signals.points_posted.connected_to(fail):
        assert gives(shop, ada, 50) == {"given": True}
    assert len(told) == 1
    assert 'regulars_signal_handlers_failed_total{signal="points-posted"}' in shop.world.client.get("/metrics").text


def test_our_own_units_of_work_leave_the_hosts_session_alone(shop: WorldShop, ada: str) -> None:
    with shop.world.app.app_context():
        session = shop.world.app.extensions["sqlalchemy"].session()
        waiting = session.scalar(select(text("count(*)")).select_from(text("notes")))
        session.commit()
        unit_of_work(lambda own: adjust(own, shop, ada, 50, "one"))
        assert session.scalar(select(text("count(*)")).select_from(text("notes"))) == waiting
    assert shop.points("ada") == 150


def test_writers_that_meet_in_a_hosts_transaction_lose_nothing(shop: WorldShop, ada: str) -> None:
    """PostgreSQL reads again under the lock; SQLite refuses who has read too early, and the host may try again."""
    with shop.world.app.app_context():
        session = shop.world.app.extensions["sqlalchemy"].session()
        session.scalars(select(ledger.AccountRow).where(ledger.AccountRow.shop_id == shop.id)).all()
        unit_of_work(lambda own: adjust(own, shop, ada, 50, "theirs"))
        with suppress(OperationalError):
            adjust(session, shop, ada, 7, "ours")
            session.commit()
        session.rollback()
        adjust(session, shop, ada, 7, "ours")
        session.commit()
    assert shop.points("ada") == 157
    assert shop.is_clean()


def test_a_host_on_sqlite_may_take_the_lock_first(shop: WorldShop, ada: str) -> None:
    with shop.world.app.app_context():
        session = shop.world.app.extensions["sqlalchemy"].session()
        session.connection(execution_options={"regulars_write": True})
        with ThreadPoolExecutor(1) as other:
            waiting = other.submit(shop.world.writes, lambda own: adjust(own, shop, ada, 50, "theirs"))
            adjust(session, shop, ada, 7, "ours")
            session.commit()
            waiting.result(timeout=20)
    assert shop.points("ada") == 157
    assert shop.is_clean()
