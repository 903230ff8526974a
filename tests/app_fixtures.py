"""The app under test: standalone, on each database, with a clock in a file, and guarded against looking across shops."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from regulars.db import keeps_to_one_shop
from regulars.keys import new_root_key
from regulars.standalone import create_app
from tests.world import START, TestClock, World, WorldShop


@pytest.fixture
def test_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClock:
    held = TestClock(tmp_path / "now")
    held.set(START)
    monkeypatch.setenv("REGULARS_TEST_CLOCK", str(held.file))
    return held


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a test module may override to set the app up otherwise."""
    return {}


@pytest.fixture
def app(database_url: str, test_clock: TestClock, settings: dict[str, Any]) -> Iterator[Flask]:
    made = create_app(
        {"REGULARS_MODE": "test", "REGULARS_DATABASE_URL": database_url, "REGULARS_ROOT_KEY": new_root_key()}
        | {"REGULARS_BACKOFF_SECONDS": 5.0}
        | settings
    )
    with made.app_context():
        engine = made.extensions["sqlalchemy"].engine
        event.listen(engine, "before_cursor_execute", refuse_to_look_across)
    yield made
    with made.app_context():
        engine.dispose()


def refuse_to_look_across(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    """Every statement on our tables names its shop, or runs where looking across is listed."""
    assert keeps_to_one_shop(statement), f"a statement names no shop_id: {statement}"


@pytest.fixture
def world(app: Flask, test_clock: TestClock) -> World:
    return World(app, test_clock)


@pytest.fixture
def shop(world: World) -> WorldShop:
    return world.shop()
