"""A host on its own SQLite, untouched, with our tables on a bind of our own beside it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from regulars import Regulars, db, migrating, signals
from regulars.errors import SettingsError
from regulars.keys import new_root_key
from regulars_admin import Admin
from regulars_webhooks import Webhooks
from tests.world import TestClock, World


def _host(folder: Path, **config: str) -> Flask:
    """A host that has never heard of prepare_sqlite."""
    app = Flask("host")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'host.sqlite3'}",
        SQLALCHEMY_BINDS={"loyalty": f"sqlite:///{folder / 'loyalty.sqlite3'}"},
        REGULARS_MODE="test", REGULARS_ROOT_KEY=new_root_key(), REGULARS_BIND="loyalty",
    )  # fmt: skip
    app.config.update(config)
    SQLAlchemy(app)
    return app


@pytest.fixture
def app(tmp_path: Path, test_clock: TestClock) -> Iterator[Flask]:
    made = _host(tmp_path)
    Regulars(made)
    Webhooks(made)
    Admin(made)
    migrating.upgrade(made)
    yield made
    with made.app_context():
        for engine in made.extensions["sqlalchemy"].engines.values():
            engine.dispose()


def _tables(file: Path) -> set[str]:
    with sqlite3.connect(file) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _journal(file: Path) -> str:
    with sqlite3.connect(file) as connection:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def test_an_order_goes_its_way_on_our_own_bind(world: World, tmp_path: Path) -> None:
    heard = []
    with signals.points_posted.connected_to(lambda _app, **ids: heard.append(ids["customer_id"])):
        shop = world.shop()
        shop.customer_pays("ada", "100.00")
        world.sleeps(days=15)
    assert shop.points("ada") == 100
    assert shop.is_clean()
    assert heard
    assert "regulars_entries" in _tables(tmp_path / "loyalty.sqlite3")


def test_the_hosts_own_database_stays_as_it_was(app: Flask, world: World, tmp_path: Path) -> None:
    with app.app_context():
        hosts = app.extensions["sqlalchemy"]
        hosts.session.execute(text("CREATE TABLE birthdays (customer TEXT)"))
        hosts.session.commit()
        assert not db.is_prepared(hosts.engine)
    world.shop().customer_pays("ada", "100.00")
    assert _tables(tmp_path / "host.sqlite3") == {"birthdays"}
    assert _journal(tmp_path / "host.sqlite3") == "delete"
    assert _journal(tmp_path / "loyalty.sqlite3") == "wal"


def test_the_hosts_session_does_not_reach_our_tables(app: Flask) -> None:
    hosts = app.extensions["sqlalchemy"]
    with app.app_context(), pytest.raises(OperationalError, match="no such table"):
        hosts.session.execute(text("SELECT 1 FROM regulars_entries"))


def test_a_bind_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="REGULARS_BIND is 'loyal': there is no such bind in SQLALCHEMY_BINDS"):
        Regulars(_host(tmp_path, REGULARS_BIND="loyal"))


def test_without_a_bind_of_our_own_an_unprepared_sqlite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="name a bind of our own in REGULARS_BIND"):
        Regulars(_host(tmp_path, REGULARS_BIND=""))
