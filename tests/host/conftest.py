"""The host: an app that was there first, with Regulars in it; `app`, `world` and `shop` of these tests are in its house."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import event

from regulars.keys import new_root_key
from tests.app_fixtures import refuse_to_look_across
from tests.world import TestClock

HOUSE = Path(__file__).with_name("house")

MakeHost = Callable[..., Flask]


@pytest.fixture(scope="session")
def house() -> Any:
    """The host's package `shopfront`, importable as its developers import it, beside its package `admin`."""
    sys.path.insert(0, str(HOUSE))
    return importlib.import_module("shopfront")


@pytest.fixture
def make_host(house: Any, test_clock: TestClock) -> Iterator[MakeHost]:
    """Make a host's app on a database; its connections are closed after the test."""
    made: list[Flask] = []

    def make(url: str, **config: Any) -> Flask:
        known = {"SQLALCHEMY_DATABASE_URI": url, "REGULARS_MODE": "test", "REGULARS_ROOT_KEY": new_root_key()}
        app: Flask = house.create_app(known | config)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def app(make_host: MakeHost, database_url: str, settings: dict[str, Any]) -> Flask:
    """The host with the tables of both, guarded against looking across shops."""
    made = make_host(database_url, **settings)
    host_alembic(made, command.upgrade, "head")
    with made.app_context():
        event.listen(made.extensions["sqlalchemy"].engine, "before_cursor_execute", refuse_to_look_across)
    return made


def host_alembic(app: Flask, step: Callable[..., Any], *arguments: str, knows_regulars: bool = True) -> Any:
    """Run a command of the host's own Alembic on the host's database, as the host does."""
    config = Config()
    config.set_main_option("script_location", str(HOUSE / "migrations"))
    with app.app_context(), app.extensions["sqlalchemy"].engine.begin() as connection:
        config.attributes |= {"connection": connection, "knows_regulars": knows_regulars}
        return step(config, *arguments)
