"""Missing servers and a wrong key: a sentence that says what to do, never a traceback, nothing lost."""

from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import text

from regulars import health
from regulars.commands import cli
from regulars.db import all_shops
from regulars.errors import SettingsError
from regulars.keys import Keyring, new_root_key
from tests.world import World, WorldShop


def without_tables(app: Flask, table: str = "regulars_shops") -> None:
    """As a database on which `regulars db upgrade` was never run."""
    with all_shops("verify"), app.app_context(), app.extensions["sqlalchemy"].engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO elsewhere"))


@pytest.mark.parametrize("command", [["verify"], ["balance", "a", "b"], ["deadletters", "list"], ["clock", "--once"]])
def test_commands_say_in_a_sentence_that_the_database_is_not_right(app: Flask, command: list[str]) -> None:
    without_tables(app)
    told = CliRunner().invoke(cli, command, obj=ScriptInfo(create_app=lambda: app))
    assert (told.exit_code, "does not answer as it should" in told.output) == (1, True), told.output


def test_pages_say_503_when_the_database_is_not_right(world: World, shop: WorldShop) -> None:
    without_tables(world.app)
    for address in ("/storefront/alpha/program", "/storefront/alpha/me"):
        answer = world.client.get(address)
        assert (answer.status_code, answer.json["code"]) == (503, "unavailable")  # type: ignore[index]
    assert world.client.get("/admin/login").status_code in (200, 503)


def test_metrics_are_told_without_a_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    without_tables(world.app, "regulars_inbox")
    answer = world.client.get("/metrics")
    assert answer.status_code == 200
    assert "regulars_database_up 0.0" in answer.text


def with_another_key(world: World) -> Any:
    world.app.extensions["regulars"].keyring = Keyring(new_root_key())


def test_a_wrong_root_key_is_noticed_and_blames_nobody(world: World, shop: WorldShop) -> None:
    with_another_key(world)
    answer = world.client.get("/readyz")
    assert answer.status_code == 503
    assert "REGULARS_ROOT_KEY" in answer.text
    with world.app.app_context(), pytest.raises(SettingsError, match="REGULARS_ROOT_KEY"):
        health.demand_root_key()
    told = CliRunner().invoke(cli, ["verify"], obj=ScriptInfo(create_app=lambda: world.app))
    assert (told.exit_code, "REGULARS_ROOT_KEY" in told.output) == (2, True)


def test_under_a_wrong_root_key_webhooks_are_to_be_sent_again(world: World, shop: WorldShop) -> None:
    with_another_key(world)
    answer = shop.sends("orders/paid", shop.order("ada"))
    assert (answer.status_code, answer.json["code"]) == (503, "not_kept")  # type: ignore[index]
    assert "key" not in answer.text


def test_doctor_names_dead_letters(world: World, shop: WorldShop) -> None:
    assert shop.sends("orders/paid", b'{"id":900001,').status_code == 200
    world.works()
    told = CliRunner().invoke(cli, ["doctor"], obj=ScriptInfo(create_app=lambda: world.app))
    assert "dead letters: 1 wait for a person" in told.output


def test_an_address_nobody_serves_is_not_handed_out(world: World, shop: WorldShop) -> None:
    arguments = ["source", "add", "alpha", "--kind", "judgeme"]
    told = CliRunner().invoke(cli, arguments, obj=ScriptInfo(create_app=lambda: world.app))
    assert (told.exit_code, "standard source" in told.output) == (2, True)
