"""C053: a copy taken while orders pour in, put back elsewhere, is whole; and what was open in it goes on."""

import json
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import func, make_url, select

from regulars import migrating, runtime
from regulars.commands import cli
from regulars.orders import Order
from regulars.standalone import create_app
from regulars.work.runner import drain
from regulars_webhooks.inbox import InboxRow
from tests.servers import PostgresServer, wait_until
from tests.world import TestClock, World, WorldShop

PER_SECOND = 50
SENDERS = 5


def regulars(app: Flask, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments], obj=ScriptInfo(create_app=lambda: app))


@contextmanager
def orders_pour_in(shop: WorldShop, accepted: list[int]) -> Iterator[threading.Event]:
    """Signed orders, 50 a second from five threads, while one more thread works on them; gives what lets it rest."""
    stop, rest, numbers = threading.Event(), threading.Event(), iter(range(1, 1_000_000))
    lock = threading.Lock()

    def sends() -> None:
        client = shop.world.app.test_client()
        while not stop.wait(SENDERS / PER_SECOND):
            with lock:
                order = shop.order(("ada", "bea", "cid")[next(numbers) % 3], "10.00")
            if shop.sends_with(client, "orders/paid", order).status_code == 200:
                accepted.append(order["id"])

    def works() -> None:
        with shop.world.app.app_context():
            while not stop.wait(0.05):
                if not rest.is_set():
                    drain()

    threads = [threading.Thread(target=sends) for _ in range(SENDERS)] + [threading.Thread(target=works)]
    for thread in threads:
        thread.start()
    try:
        yield rest
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a worker holds at the moment of the copy is taken over soon."""
    return {"REGULARS_LEASE_SECONDS": 2, "REGULARS_HEARTBEAT_SECONDS": 0.5}


@pytest.fixture
def copied(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[Flask], str]:
    """Back up the database of an app as the docs say; gives the address of the copy, put back elsewhere."""

    def of_sqlite(app: Flask) -> str:
        done = regulars(app, "db", "backup", str(tmp_path / "copy.sqlite3"))
        assert (done.exit_code, "root key" in done.output) == (0, True), done.output
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        shutil.copy(tmp_path / "copy.sqlite3", elsewhere / "regulars.sqlite3")
        return f"sqlite:///{elsewhere / 'regulars.sqlite3'}"

    def of_postgres(app: Flask) -> str:
        server: PostgresServer = request.getfixturevalue("postgres")
        name = str(make_url(runtime.of(app).settings.database_url).database)
        at = ["--host", str(server.folder), "--username", "postgres"]
        dump = [str(server.programs / "pg_dump"), *at, "--format=custom", f"--file={tmp_path / 'copy'}", name]
        subprocess.run(dump, check=True, capture_output=True)
        server.drop_database("regulars_elsewhere")
        url = server.create_database("regulars_elsewhere", template="template0")
        back = [str(server.programs / "pg_restore"), *at, "--exit-on-error", "--dbname=regulars_elsewhere"]
        subprocess.run([*back, str(tmp_path / "copy")], check=True, capture_output=True)
        request.addfinalizer(lambda: server.drop_database("regulars_elsewhere"))
        return url

    return of_sqlite if database_kind == "sqlite" else of_postgres


def count(world: World, model: Any, **states: str) -> int:
    question = select(func.count()).select_from(model).where(model.shop_id > 0)
    for name, value in states.items():
        question = question.where(getattr(model, name) == value)
    return world.reads(lambda session: session.scalar(question) or 0)


@pytest.mark.slow
def test_a_copy_taken_under_load_is_whole_and_its_open_work_goes_on(
    shop: WorldShop, test_clock: TestClock, copied: Callable[[Flask], str]
) -> None:
    app = shop.world.app
    accepted: list[int] = []
    with orders_pour_in(shop, accepted) as worker_rests:
        time.sleep(1.2)
        worker_rests.set()
        time.sleep(0.3)
        before = len(accepted)
        url = copied(app)
        after = len(accepted)
        time.sleep(0.5)
    assert before > PER_SECOND / 2, "that was no load"

    settings = runtime.of(app).settings
    there = create_app({"REGULARS_MODE": "test", "REGULARS_DATABASE_URL": url, "REGULARS_ROOT_KEY": settings.root_key})
    elsewhere = World(there, test_clock)
    try:
        kept = count(elsewhere, InboxRow)
        assert before <= kept <= after + SENDERS, "every order acknowledged before the copy is in it"
        done = count(elsewhere, InboxRow, state="done")
        assert 0 < done < kept, "there is work that was done, and work that is open"
        assert count(elsewhere, Order) == done, "no half transaction: done means that its order is there"
        migrating.upgrade(there)  # it fits: nothing to do
        verdict = json.loads(regulars(there, "verify", "--json").output)
        assert (verdict["clean"], verdict["shops"][0]["orders"]) == (True, done)

        wait_until(lambda: elsewhere.works() >= 0 and count(elsewhere, InboxRow, state="done") == kept, "work was left")
        assert count(elsewhere, Order) == kept
        assert regulars(there, "verify").exit_code == 0
    finally:
        with there.app_context():
            there.extensions["sqlalchemy"].engine.dispose()


on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
def test_on_postgresql_the_command_names_the_right_tool(app: Flask, tmp_path: Path) -> None:
    done = regulars(app, "db", "backup", str(tmp_path / "copy"))
    assert (done.exit_code, "pg_dump --format=custom" in done.output) == (2, True)


@on_sqlite
def test_a_backup_overwrites_nothing_and_only_its_owner_reads_it(app: Flask, tmp_path: Path) -> None:
    assert regulars(app, "db", "backup", str(tmp_path / "copy")).exit_code == 0
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    again = regulars(app, "db", "backup", str(tmp_path / "copy"))
    assert (again.exit_code, "there already" in again.output) == (1, True)


@on_sqlite
def test_a_backup_that_cannot_be_written_leaves_nothing_behind(app: Flask, tmp_path: Path) -> None:
    done = regulars(app, "db", "backup", str(tmp_path / "nowhere" / "copy"))
    assert (done.exit_code, "could not be written" in done.output) == (2, True)
    assert not (tmp_path / "nowhere").exists()


@on_sqlite
def test_restoring_moves_the_old_database_aside_with_its_log(shop: WorldShop, tmp_path: Path) -> None:
    app = shop.world.app
    shop.customer_pays("ada")
    assert regulars(app, "db", "backup", str(tmp_path / "copy")).exit_code == 0
    shop.customer_pays("bea")
    done = regulars(app, "db", "restore", str(tmp_path / "copy"))
    assert (done.exit_code, "regulars verify" in done.output) == (0, True), done.output
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()  # the processes were stopped; these are new
    assert count(shop.world, Order) == 1
    assert shop.is_clean()
    (aside,) = [path for path in tmp_path.glob("*.before-*") if not path.name.endswith(("-wal", "-shm"))]
    assert sqlite3.connect(aside).execute("SELECT count(*) FROM regulars_orders").fetchone() == (2,)


@on_sqlite
def test_what_is_no_backup_is_not_restored(shop: WorldShop, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada, " * 500)
    done = regulars(shop.world.app, "db", "restore", str(tmp_path / "letter.txt"))
    assert (done.exit_code, "no backup of ours" in done.output) == (2, True), done.output
    assert shop.customer_pays("ada")


@on_sqlite
def test_a_restored_database_under_another_root_key_is_noticed(
    shop: WorldShop, tmp_path: Path, database_url: str, test_clock: TestClock
) -> None:
    from_other = World(shop.world.app, test_clock)
    assert regulars(from_other.app, "db", "backup", str(tmp_path / "copy")).exit_code == 0
    stranger = create_app(
        {
            "REGULARS_MODE": "test",
            "REGULARS_DATABASE_URL": f"sqlite:///{tmp_path / 'new.sqlite3'}",
            "REGULARS_ROOT_KEY": "c" * 43 + "=",
        }
    )
    done = regulars(stranger, "db", "restore", str(tmp_path / "copy"))
    assert (done.exit_code, "REGULARS_ROOT_KEY" in done.output) == (1, True), done.output
    with stranger.app_context():
        stranger.extensions["sqlalchemy"].engine.dispose()
