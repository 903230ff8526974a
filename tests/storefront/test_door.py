"""The standalone app answers a look before Flask is asked, with the words and the headers that Flask's view would give."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, request_started
from werkzeug.test import TestResponse

from tests.storefront.conftest import Arrives, Shopper
from tests.world import WorldShop


@pytest.fixture
def ada(shop: WorldShop, arrives: Arrives) -> Shopper:
    shop.customer_pays("ada", "110.25", name="#1001")
    return arrives(shop, "ada")


@contextmanager
def seen_by_flask(app: Flask) -> Iterator[list[Flask]]:
    """The requests that came through to Flask."""
    seen: list[Flask] = []
    with request_started.connected_to(lambda sender, **_: seen.append(sender), app):
        yield seen


def both(app: Flask, ada: Shopper, **headers: str) -> tuple[TestResponse, TestResponse]:
    """The same look at the door and in Flask."""
    with seen_by_flask(app) as seen:
        at_the_door = ada.asks("me", None, **headers)
        assert not seen
        in_flask = ada.asks("me?for=flask", None, **headers)
        assert seen
    return at_the_door, in_flask


def told(answer: TestResponse) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.data, {name: value for name, value in answer.headers.items() if name != "Date"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept_Language": "cs-CZ,cs;q=0.9"},
        {"Origin": "https://alpha-test.myshopify.com"},
        {"Origin": "https://alpha-test.myshopify.com.evil.example"},
        {"Origin": "null"},
    ],
)
def test_the_door_says_what_flask_says(app: Flask, ada: Shopper, headers: dict[str, str]) -> None:
    at_the_door, in_flask = both(app, ada, **headers)
    assert told(at_the_door) == told(in_flask)
    assert at_the_door.status_code == 200


def test_who_has_the_answer_already_is_told_so_at_the_door(app: Flask, ada: Shopper) -> None:
    at_the_door, in_flask = both(app, ada, If_None_Match=ada.asks("me").headers["ETag"])
    assert told(at_the_door) == told(in_flask)
    assert at_the_door.status_code == 304


def test_who_has_something_else_is_answered_anew(ada: Shopper) -> None:
    for known, status in (('"another"', 200), ("*", 304), (f"W/{ada.asks('me').headers['ETag']}", 304)):
        assert ada.asks("me", If_None_Match=known).status_code == status


@pytest.mark.parametrize("path", ["me", "me/", "me?token=x"])
def test_what_is_wrong_is_said_by_flask(app: Flask, shop: WorldShop, path: str) -> None:
    with seen_by_flask(app) as seen:
        refused = Shopper(shop, "no.token.of-ours").asks(path)
    assert refused.status_code in (401, 404)
    assert seen


def test_other_ways_of_asking_are_left_to_flask(app: Flask, ada: Shopper) -> None:
    with seen_by_flask(app) as seen:
        client, path = ada.shop.world.client, f"/storefront/{ada.shop.key}/me"
        known = {"Authorization": f"Bearer {ada.token}", "Origin": "https://alpha-test.myshopify.com"}
        assert client.head(path, headers=known).status_code == 200
        assert client.options(path, headers=known).headers["Access-Control-Allow-Methods"] == "GET, POST"
        assert client.post(path, headers=known).status_code == 405
    assert len(seen) == 3
