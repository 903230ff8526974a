"""`regulars endpoint add|list`."""

import json

import pytest
from flask import Flask

from regulars.outbound.cli import endpoint
from tests.world import WorldShop


@pytest.fixture
def settings() -> dict[str, bool]:
    return {"REGULARS_OUTBOUND_URL_ALLOW_PRIVATE": True}


def run(app: Flask, *arguments: str) -> str:
    result = app.test_cli_runner().invoke(endpoint, arguments)
    assert result.exit_code == 0, result.output
    return str(result.output)


def test_an_endpoint_is_added_with_its_secret_and_listed_without(app: Flask, shop: WorldShop) -> None:
    made = json.loads(run(app, "add", shop.key, "--url", "http://127.0.0.1:9/", "--event", "stage.changed", "--json"))
    assert made["secret"].startswith("whsec_")
    (listed,) = json.loads(run(app, "list", shop.key, "--json"))
    assert listed["url"] == "http://127.0.0.1:9/"
    assert "secret" not in listed


def test_an_unknown_event_is_wrong_use(app: Flask, shop: WorldShop) -> None:
    arguments = ["add", shop.key, "--url", "https://hooks.example.com/", "--event", "order.paid"]
    assert app.test_cli_runner().invoke(endpoint, arguments).exit_code == 2
