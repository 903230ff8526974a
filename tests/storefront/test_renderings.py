"""An answer that was rendered a moment ago is given again while it is true, and never longer."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from regulars import complaints, program
from regulars.customers import CustomerPii
from regulars.shops import Shop
from regulars.storefront.renderings import Renderings, rendering
from tests.storefront.conftest import Arrives, Shopper
from tests.storefront.test_me import HOLD, heard
from tests.world import PROGRAM, World, WorldShop


def test_what_was_rendered_is_given_for_the_same_mark_alone() -> None:
    kept = Renderings(2, 1000)
    before, after = rendering(b"100"), rendering(b"200")
    kept.keep("ada", "first", before)
    assert (kept.of("ada", "first"), kept.of("ada", "second"), kept.of("bea", "first")) == (before, None, None)
    kept.keep("ada", "second", after)
    assert (kept.of("ada", "first"), kept.of("ada", "second")) == (None, after)
    assert before.etag != after.etag


def test_what_was_rendered_longest_ago_is_forgotten_first() -> None:
    kept = Renderings(2, 1000)
    for name in ("ada", "bea", "ada", "cid"):
        kept.keep(name, "mark", rendering(name.encode()))
    left = [kept.of(name, "mark") for name in ("ada", "bea", "cid")]
    assert [one and one.body for one in left] == [b"ada", None, b"cid"]


def test_a_very_large_one_is_not_kept_and_what_it_replaces_is_forgotten() -> None:
    kept = Renderings(10, 100)
    kept.keep("ada", "mark", rendering(b"x" * 100))
    assert kept.of("ada", "mark")
    kept.keep("ada", "mark", rendering(b"x" * 101))
    assert kept.of("ada", "mark") is None


@pytest.fixture
def ada(shop: WorldShop, arrives: Arrives) -> Shopper:
    shop.customer_pays("ada", "110.25", name="#1001")
    return arrives(shop, "ada")


def told(shopper: Shopper, language: str = "en") -> dict[str, Any]:
    body: dict[str, Any] = shopper.asks("me", Accept_Language=language).get_json()
    return body


def test_a_second_look_costs_one_short_statement(app: Flask, ada: Shopper) -> None:
    first = told(ada)
    with heard(app) as statements:
        assert told(ada) == first
    assert len(statements) == 1


def test_an_order_that_was_renamed_is_told_under_its_new_name(shop: WorldShop, ada: Shopper) -> None:
    (order,) = shop.orders.values()
    told(ada)
    shop.world.clock.passes(seconds=1)
    shop.shop_changes(order, name="#1001-B")
    me = told(ada)
    assert (me["orders"][0]["name"], me["history"][0]["why"][-7:]) == ("#1001-B", "#1001-B")


def test_an_order_of_long_ago_that_was_renamed_is_told_so_too(shop: WorldShop, arrives: Arrives, ada: Shopper) -> None:
    (old,) = shop.orders.values()
    for _ in range(12):
        shop.world.clock.passes(seconds=1)
        shop.customer_pays("ada", "1.00")
    ada = arrives(shop, "ada")
    assert "#1001" in told(ada)["history"][-1]["why"]
    shop.shop_changes(old, name="#1001-B")
    assert "#1001-B" in told(ada)["history"][-1]["why"]


def test_a_report_and_where_it_stands_show_at_once(shop: WorldShop, ada: Shopper) -> None:
    assert told(ada)["complaints"] == []
    case_id = ada.reports("k").get_json()["id"]
    assert [one["status"] for one in told(ada)["complaints"]] == ["new"]
    agent = complaints.Agent("s1", "owner", "Olga", "olga@shop.example")
    now = shop.world.clock.moment
    shop.world.writes(lambda session: complaints.answer(session, shop.id, case_id, agent, "We are sorry.", now))
    assert [one["status"] for one in told(ada)["complaints"]] == ["waiting"]


def test_a_new_program_holds_for_the_next_look(shop: WorldShop, ada: Shopper) -> None:
    assert told(ada)["rewards"][0]["cost"] == 500
    now = shop.world.clock.moment
    dearer = program.parse_toml(PROGRAM.replace("cost = 500", "cost = 700"))
    later = now + timedelta(minutes=1)
    shop.world.writes(
        lambda session: program.publish(session, shop.id, dearer, now, actor="operator", effective_from=later)
    )
    assert told(ada)["rewards"][0]["cost"] == 500
    shop.world.clock.passes(minutes=1)
    assert told(ada)["rewards"][0]["cost"] == 700


def test_what_time_alone_changes_is_shown_when_it_is_time(world: World, arrives: Arrives) -> None:
    shop = world.shop(document=HOLD)
    shop.customer_pays("ada", "100.00")
    world.clock.passes(days=14, seconds=-60)
    ada = arrives(shop, "ada")
    assert told(ada)["points"]["available"] == 0
    world.clock.passes(seconds=59)
    assert told(ada)["points"]["available"] == 0
    world.clock.passes(seconds=1)
    assert told(ada)["points"]["available"] == 100


def test_each_language_has_its_own(ada: Shopper) -> None:
    english = told(ada, "en")["history"][0]["why"]
    czech = told(ada, "cs")["history"][0]["why"]
    assert (english, czech) == (
        "110 points for 110.25 EUR of order #1001",
        "110 bodů za 110,25 EUR, objednávka #1001",
    )
    assert told(ada, "en")["history"][0]["why"] == english


def test_another_name_and_another_zone_show_at_once(shop: WorldShop, ada: Shopper) -> None:
    told(ada)
    renamed = update(CustomerPii).where(CustomerPii.shop_id == shop.id).values(name="Ada Lovelace")
    moved = update(Shop).where(Shop.id == shop.id).values(timezone="Pacific/Kiritimati")
    shop.world.writes(lambda session: [session.execute(renamed), session.execute(moved)])
    me = told(ada)
    assert (me["customer"]["name"], me["points"]["expiring"][0]["on"]) == ("Ada Lovelace", "2027-03-03")


def test_a_shop_that_left_answers_no_more(shop: WorldShop, ada: Shopper) -> None:
    told(ada)
    left = update(Shop).where(Shop.id == shop.id).values(state="uninstalled")
    shop.world.writes(lambda session: session.execute(left))
    assert ada.asks("me").status_code == 404
    assert Shopper(shop, "no.token.of-ours").asks("me").status_code == 404
