"""What a shopper sees of their own: exact, in their language, in few queries, and nobody else sees it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event

from tests.storefront.conftest import Arrives
from tests.world import PROGRAM, World, WorldShop

HOLD = PROGRAM.replace("hold_days = 0", "hold_days = 14")


@contextmanager
def heard(app: Flask) -> Iterator[list[str]]:
    """The statements on our tables while the block runs, as the drivers get them."""
    statements: list[str] = []

    def hear(statement: str) -> None:
        if "regulars_" in statement:
            statements.append(statement)

    class Hearing(psycopg.Cursor[Any]):
        def execute(self, query: Any, *rest: Any, **options: Any) -> Any:
            hear(str(query))
            return super().execute(query, *rest, **options)

    def begin(connection: Any, *_: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(hear)
        else:
            connection.cursor_factory, connection.prepare_threshold = (
                Hearing,
                None,
            )  # then nobody asks below the cursors

    def end(connection: Any, *_: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(None)
        else:
            connection.cursor_factory, connection.prepare_threshold = psycopg.Cursor, 5

    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    engine.dispose()  # connections that are kept between looks are taken out anew, and so heard
    event.listen(engine, "checkout", begin)
    event.listen(engine, "checkin", end)
    yield statements
    event.remove(engine, "checkout", begin)
    event.remove(engine, "checkin", end)


def test_an_order_shows_as_points_with_its_reason(shop: WorldShop, arrives: Arrives) -> None:
    shop.customer_pays("ada", "110.25", name="#1001")
    me = arrives(shop, "ada").asks("me").get_json()
    assert me["customer"] == {"name": "Ada Test"}
    assert (me["points"]["available"], me["points"]["pending"], me["points"]["debt"]) == (110, 0, 0)
    assert me["points"]["expiring"] == [{"points": 110, "on": "2027-03-02"}]
    assert [(line["points"], line["kind"]) for line in me["history"]] == [(110, "earn")]
    assert me["history"][0]["why"] == "110 points for 110.25 EUR of order #1001"


def test_the_reason_is_told_in_the_readers_language(shop: WorldShop, arrives: Arrives) -> None:
    shop.customer_pays("ada", "110.25", name="#1001")
    answer = arrives(shop, "ada").asks("me", Accept_Language="cs-CZ,cs;q=0.9,en;q=0.5")
    assert answer.get_json()["history"][0]["why"] == "110 bodů za 110,25 EUR, objednávka #1001"
    assert "Accept-Language" in answer.headers["Vary"]


def test_it_has_every_field_of_the_contract(shop: WorldShop, arrives: Arrives) -> None:
    shop.customer_pays("ada", "600.00")
    me = arrives(shop, "ada").asks("me").get_json()
    assert set(me) == {
        "customer", "points", "tier", "rewards", "redemptions", "history", "referral", "orders", "complaints",
    }  # fmt: skip
    assert (me["redemptions"], me["referral"], me["complaints"]) == ([], None, [])
    assert me["rewards"] == [{"id": "five-off", "name": "5 off", "cost": 500, "affordable": True, "missing": 0}]
    assert me["tier"] == {
        "name": "Silver", "until": None, "multiplier": "1",
        "progress": {"next": "Gold", "missing": 1400, "reached": 600, "at": 2000},
    }  # fmt: skip


def test_recent_orders_are_offered_for_a_report(shop: WorldShop, arrives: Arrives) -> None:
    shop.customer_pays("ada", {"price": "10.00", "quantity": 2, "title": "Guji"}, name="#1001")
    shop.world.clock.passes(days=1)
    shop.customer_pays("ada", "5.50", name="#1002")
    orders = arrives(shop, "ada").asks("me").get_json()["orders"]
    assert [(one["name"], one["total"], one["currency"]) for one in orders] == [
        ("#1002", "5.50", "EUR"), ("#1001", "20.00", "EUR"),
    ]  # fmt: skip
    assert orders[1]["lines"] == [{"title": "Guji", "quantity": 2}]


def test_points_on_hold_say_when_they_arrive(world: World, arrives: Arrives) -> None:
    shop = world.shop(document=HOLD)
    shop.customer_pays("ada", "100.00")
    points = arrives(shop, "ada").asks("me").get_json()["points"]
    assert (points["available"], points["pending"]) == (0, 100)
    assert points["releasing"] == [{"points": 100, "on": "2026-03-16"}]


def test_a_hold_that_ended_is_shown_before_any_worker_has_posted_it(world: World, arrives: Arrives) -> None:
    shop = world.shop(document=HOLD)
    shop.customer_pays("ada", "600.00")
    before = len(shop.entries("ada"))
    world.clock.passes(days=14, seconds=1)
    me = arrives(shop, "ada").asks("me").get_json()
    assert (me["points"]["available"], me["points"]["pending"], me["tier"]["name"]) == (600, 0, "Silver")
    assert len(shop.entries("ada")) == before


def test_points_that_expired_are_gone_and_told_before_any_worker_has_posted_it(
    shop: WorldShop, arrives: Arrives
) -> None:
    shop.customer_pays("ada", "100.00", name="#1001")
    shop.world.clock.passes(days=366)
    me = arrives(shop, "ada").asks("me").get_json()
    assert me["points"]["available"] == 0
    assert me["history"][0]["why"] == "−100: points from order #1001 expired"


def test_what_a_return_took_from_several_pockets_is_one_line(shop: WorldShop, arrives: Arrives) -> None:
    shop.customer_pays("ada", "10.00")
    order = shop.customer_pays("ada", "100.00", "50.00", name="#1002")
    shop.shop_refunds(order, (1, 1, "50.00"))
    first = arrives(shop, "ada").asks("me").get_json()["history"][0]
    assert (first["points"], first["why"]) == (-50, "−50: a part of order #1002 was returned")


def test_it_is_private_never_stored_and_answered_with_304_when_nothing_changed(
    shop: WorldShop, arrives: Arrives
) -> None:
    shop.customer_pays("ada")
    ada = arrives(shop, "ada")
    first = ada.asks("me")
    assert first.headers["Cache-Control"] == "private, no-store"
    again = ada.asks("me", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    shop.customer_pays("ada")
    assert ada.asks("me", If_None_Match=first.headers["ETag"]).status_code == 200


def test_it_costs_the_same_few_reads_for_one_order_and_for_many(app: Flask, shop: WorldShop, arrives: Arrives) -> None:
    shop.customer_pays("ada", "10.00")
    ada = arrives(shop, "ada")
    with heard(app) as for_one:
        ada.asks("me")
    for _ in range(5):
        shop.customer_pays("ada", "10.00", "20.00")
    with heard(app) as for_many:
        ada.asks("me")
    assert all(statement.startswith("SELECT") for statement in for_many)
    assert 0 < len(for_many) <= 10
    assert len(for_many) <= len(for_one)


def test_a_shopper_without_points_sees_zeros(shop: WorldShop, arrives: Arrives) -> None:
    shop.delivers("customers/create", shop.customer("bea"))
    me = arrives(shop, "bea").asks("me").get_json()
    assert (me["points"]["available"], me["history"], me["orders"]) == (0, [], [])


def test_a_shop_without_a_program_answers_all_the_same(world: World, arrives: Arrives) -> None:
    shop = world.shop(document=None)
    shop.customer_pays("ada")
    me = arrives(shop, "ada").asks("me").get_json()
    assert (me["points"]["available"], me["tier"]["progress"], me["rewards"]) == (0, None, [])
    assert world.client.get("/storefront/alpha/program").get_json() == {
        "unit": "points",
        "earn": [],
        "rewards": [],
        "tiers": [],
    }


def test_a_deleted_customer_is_not_known_any_more(shop: WorldShop, arrives: Arrives) -> None:
    shop.customer_pays("ada")
    ada = arrives(shop, "ada")
    shop.delivers("customers/delete", {"id": shop.customer("ada")["id"]})
    assert ada.asks("me").status_code == 401


@pytest.mark.parametrize("seconds", [0, 10])
def test_a_token_is_good_until_ten_seconds_past_its_end(shop: WorldShop, arrives: Arrives, seconds: int) -> None:
    shop.customer_pays("ada")
    ada = arrives(shop, "ada")
    shop.world.clock.passes(seconds=timedelta(minutes=5, seconds=seconds).total_seconds())
    assert ada.asks("me").status_code == 200
