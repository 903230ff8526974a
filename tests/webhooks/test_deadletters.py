"""What could not be done is found, done again, or put aside."""

import json
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from regulars.audit import AuditRow
from regulars.errors import Conflict
from regulars.shops import Shop
from regulars.work import service as outbox
from regulars_webhooks import deadletters
from regulars_webhooks.deadletters import Letter
from regulars_webhooks.inbox import InboxRow
from tests.world import World, WorldShop


@pytest.fixture
def runner(world: World) -> FlaskCliRunner:
    return world.app.test_cli_runner()


def run(runner: FlaskCliRunner, *words: str) -> tuple[int, Any]:
    """`regulars deadletters …` as a person types it: exit code, and what it printed as JSON."""
    result = runner.invoke(args=["regulars", "deadletters", *words, "--json"])
    return result.exit_code, json.loads(result.stdout)


def letters(shop: WorldShop) -> list[Letter]:
    return shop.world.reads(lambda session: deadletters.find(session, shop.id))


def foreign_order(shop: WorldShop) -> Letter:
    """An order in another currency has arrived."""
    shop.sends("orders/paid", shop.order("ada", "10.00", currency="USD"))
    shop.world.works()
    (letter,) = letters(shop)
    return letter


def test_a_dead_letter_says_what_and_why(shop: WorldShop) -> None:
    letter = foreign_order(shop)
    assert (letter.drain, letter.what) == ("inbox", "shopify orders/paid")
    assert "--currency USD" in letter.reason


def test_once_the_reason_is_gone_a_replay_does_it(shop: WorldShop, world: World, runner: FlaskCliRunner) -> None:
    letter = foreign_order(shop)

    def mend(session: Any) -> None:
        session.get(Shop, shop.id).currency = "USD"

    world.writes(mend)
    assert run(runner, "replay", letter.id) == (0, [{"id": letter.id, "result": "replayed"}])
    world.works()
    assert (shop.points("ada"), letters(shop)) == (10, [])


def test_a_replay_is_audited(shop: WorldShop, world: World) -> None:
    letter = foreign_order(shop)
    now = world.clock.moment
    world.writes(lambda session: deadletters.replay(session, shop.id, "inbox", letter.id, "ada-of-support", now))
    question = select(AuditRow.actor, AuditRow.at).where(
        AuditRow.shop_id == shop.id, AuditRow.subject == f"inbox:{letter.id}"
    )
    assert world.reads(lambda session: session.execute(question).one()) == ("ada-of-support", now)


def test_what_is_done_is_not_done_again(shop: WorldShop, world: World) -> None:
    shop.customer_pays("ada")
    done = world.reads(lambda session: session.scalar(select(InboxRow.id).where(InboxRow.shop_id == shop.id)))
    with pytest.raises(Conflict, match="done already"):
        world.writes(lambda session: deadletters.replay(session, shop.id, "inbox", str(done), "x", world.clock.moment))


def test_a_discarded_letter_is_out_of_the_way_but_not_gone(shop: WorldShop, runner: FlaskCliRunner) -> None:
    letter = foreign_order(shop)
    assert run(runner, "discard", "--all", "--shop", "alpha")[0] == 0
    assert run(runner, "list", "alpha") == (0, [])
    assert [one["id"] for one in run(runner, "list", "--ignored")[1]] == [letter.id]


def test_work_that_nobody_here_can_do_is_a_dead_letter_too(
    shop: WorldShop, world: World, runner: FlaskCliRunner
) -> None:
    row = outbox.row(shop.id, "nobody.does.this", "1", {}, world.clock.moment)
    world.writes(lambda session: outbox.add(session, [row]))
    world.works()
    code, found = run(runner, "list")
    assert (code, [(one["drain"], one["what"]) for one in found]) == (0, [("work", "nobody.does.this")])
    assert run(runner, "replay", "--all")[0] == 0
    world.works()
    assert len(letters(shop)) == 1


def test_an_id_nobody_knows_is_told(shop: WorldShop, runner: FlaskCliRunner) -> None:
    assert run(runner, "replay", "nothing") == (1, [{"id": "nothing", "result": "there is no such row"}])


def test_neither_ids_nor_all_is_wrong_use(runner: FlaskCliRunner) -> None:
    assert runner.invoke(args=["regulars", "deadletters", "replay"]).exit_code == 2


def test_a_body_that_is_forgotten_cannot_be_replayed(shop: WorldShop, world: World) -> None:
    letter = foreign_order(shop)
    world.sleeps(days=31)
    with pytest.raises(Conflict, match="no longer kept"):
        world.writes(lambda session: deadletters.replay(session, shop.id, "inbox", letter.id, "x", world.clock.moment))


def test_another_shop_sees_none_of_it(shop: WorldShop, world: World) -> None:
    foreign_order(shop)
    assert letters(world.shop("beta")) == []
