"""Webhooks come often, late, in any order and damaged: the points are the same."""

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from regulars import ledger, shops
from regulars.errors import Conflict, NotEnoughPoints
from regulars.ledger import AccountRow
from regulars.values import iso
from regulars_webhooks.deadletters import service as deadletters
from regulars_webhooks.inbox import InboxRow
from tests.cases.conftest import LINE, O1
from tests.world import World, WorldShop

Document = dict[str, Any]


def states(shop: WorldShop) -> list[str]:
    """What became of the messages, oldest first."""
    question = select(InboxRow.state).where(InboxRow.shop_id == shop.id).order_by(InboxRow.received_at, InboxRow.id)
    return shop.world.reads(lambda session: [*session.scalars(question)])


def earned(shop: WorldShop, who: str = "ada") -> list[int]:
    return [entry.amount for entry in shop.entries(who) if entry.kind == "earn"]


def refund_of(shop: WorldShop, order: Document, amount: str) -> Document:
    return shop.refund(order, (0, 1, amount))


def test_c004_one_order_ten_times_at_once(alpha: WorldShop, o1: Document) -> None:
    ids = {"X-Shopify-Webhook-Id": "wh-1", "X-Shopify-Event-Id": "ev-1"}

    def send(_: int) -> int:
        raw = alpha.world.app.test_client()
        return alpha.sends_with(raw, "orders/paid", o1, **ids).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, range(10))) == [200] * 10
    alpha.world.works()
    assert earned(alpha) == [110]


def test_c005_one_body_five_times_with_fresh_ids(alpha: WorldShop, o1: Document) -> None:
    for number in range(5):
        alpha.sends("orders/paid", o1, **{"X-Shopify-Webhook-Id": f"w{number}", "X-Shopify-Event-Id": f"e{number}"})
    alpha.world.works()
    assert earned(alpha) == [110]


def test_c006_one_event_through_two_subscriptions(alpha: WorldShop, o1: Document) -> None:
    for number in range(2):
        alpha.sends("orders/paid", o1, **{"X-Shopify-Webhook-Id": f"w{number}", "X-Shopify-Event-Id": "one"})
        alpha.world.works()
    assert earned(alpha) == [110]


def test_c007_create_paid_and_updated_share_one_event(alpha: WorldShop, o1: Document) -> None:
    for topic in ("orders/create", "orders/paid", "orders/updated"):
        alpha.sends(topic, o1, **{"X-Shopify-Event-Id": "one"})
    assert states(alpha) == ["ready"] * 3
    alpha.world.works()
    assert states(alpha) == ["done"] * 3
    assert earned(alpha) == [110]


def test_c008_a_full_refund_comes_before_its_order(alpha: WorldShop, o1: Document) -> None:
    refund = alpha.refund(o1, (0, 2, "110.25"))
    for topic, body in (("refunds/create", refund), ("orders/paid", o1), ("orders/create", o1)):
        alpha.delivers(topic, body)
        assert not can_redeem(alpha, 1)
    assert alpha.points("ada") == 0
    assert alpha.is_clean()


def can_redeem(shop: WorldShop, points: int) -> bool:
    """Whether anybody of the shop could spend so many points now."""
    mine = select(AccountRow.customer_id).where(AccountRow.shop_id == shop.id)
    for customer_id in shop.world.reads(lambda session: [*session.scalars(mine)]):
        now = shop.world.clock.moment
        try:
            shop.world.writes(
                partial(
                    ledger.reserve_points,
                    shop_id=shop.id,
                    customer_id=customer_id,
                    unit="points",
                    points=points,
                    redemption_id="try",
                    now=now,
                )
            )
        except NotEnoughPoints:
            continue
        return True
    return False


@pytest.mark.slow
def test_c009_all_orders_of_arrival_give_the_same_points(alpha: WorldShop) -> None:
    for number, way in enumerate(permutations(range(4))):
        who = "ada" + "a" * number
        order = alpha.order(who, LINE, **O1 | {"id": 910_000 + number})
        pending = deepcopy(order) | {"financial_status": "pending"}
        later = iso(alpha.world.clock.moment + timedelta(minutes=5))
        updated = deepcopy(order) | {"updated_at": later, "note": "leave it at the door"}
        messages = [
            ("orders/create", pending), ("orders/paid", order), ("orders/updated", updated),
            ("refunds/create", refund_of(alpha, order, "55.12")),
        ]  # fmt: skip
        for step in way:
            alpha.delivers(*messages[step])
        assert alpha.points(who) == 55, way
        assert sum(entry.amount if entry.kind == "earn" else -entry.amount for entry in alpha.entries(who)) == 55
    assert alpha.is_clean()


def test_c010_an_older_update_does_not_bring_a_cancelled_order_back(alpha: WorldShop, o1: Document) -> None:
    alpha.delivers("orders/paid", o1)
    ten, five_past = deepcopy(o1), deepcopy(o1)
    ten["updated_at"] = iso(alpha.world.clock.moment + timedelta(minutes=10))
    five_past |= {
        "updated_at": iso(alpha.world.clock.moment + timedelta(minutes=15)),
        "cancelled_at": ten["updated_at"],
    }
    alpha.delivers("orders/updated", five_past)
    alpha.delivers("orders/updated", ten)
    assert alpha.points("ada") == 0
    assert alpha.stage("ada") == "reach"


def test_c011_a_damaged_body_is_kept_and_those_behind_it_go_on(alpha: WorldShop, o1: Document) -> None:
    assert alpha.sends("orders/paid", b'{"id":900001,').status_code == 200
    assert alpha.sends("orders/paid", o1).status_code == 200
    alpha.world.works()
    assert sorted(states(alpha)) == ["dead", "done"]
    (letter,) = alpha.world.reads(lambda session: deadletters.find(session, alpha.id))
    assert "unusable" in letter.reason
    assert alpha.points("ada") == 110


NESTED = b'{"id":1,"line_items":' + b"[" * 10_000 + b"]" * 10_000 + b"}"


@pytest.mark.parametrize(
    "body", [{"total_price": "abc"}, {"id": None}, [{"id": 1}], NESTED], ids=["words", "no id", "list", "nested"]
)
def test_c012_nonsense_is_a_dead_letter_at_once(alpha: WorldShop, o1: Document, body: Any) -> None:
    sent = o1 | body if isinstance(body, dict) else body
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    assert alpha.sends("orders/paid", sent).status_code == 200
    alpha.world.works()
    assert time.perf_counter() - started < 1
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 50
    assert states(alpha) == ["dead"]


def test_c013_a_body_too_large_is_refused_and_a_large_order_is_not(alpha: WorldShop) -> None:
    assert alpha.sends("orders/paid", b"x" * (5 * 1024 * 1024 + 1)).status_code == 413
    lines = [{"price": "1.00", "title": "Coffee " * 250} for _ in range(500)]
    order = alpha.order("ada", *lines)
    assert alpha.sends("orders/paid", order).status_code == 200
    alpha.world.works()
    assert alpha.points("ada") == 500


def test_c016_a_replay_twice_has_one_effect(alpha: WorldShop, o1: Document, world: World) -> None:
    alpha.sends("orders/paid", o1)
    row = select(InboxRow).where(InboxRow.shop_id == alpha.id)
    (kept,) = world.reads(lambda session: [*session.scalars(row)])
    world.writes(lambda session: setattr(session.merge(kept), "state", "dead"))

    def again(session: Any) -> None:
        deadletters.replay(session, alpha.id, "inbox", kept.id, "eva", world.clock.moment)

    world.writes(again)
    with pytest.raises(Conflict, match="waiting"):
        world.writes(again)
    world.works()
    with pytest.raises(Conflict, match="done already"):
        world.writes(again)
    assert earned(alpha) == [110]


def test_c020_the_previous_secret_is_good_for_a_day(alpha: WorldShop, world: World) -> None:
    old = alpha.secret

    def rotate(session: Any) -> None:
        shops.rotate_source(session, shops.get_shop(session, alpha.id), "shopify", "the new secret", world.clock.moment)

    world.writes(rotate)
    assert alpha.sends("orders/paid", alpha.order("ada")).status_code == 200
    alpha.secret = b"the new secret"
    assert alpha.sends("orders/paid", alpha.order("ada")).status_code == 200
    world.clock.passes(hours=24)
    assert alpha.sends("orders/paid", alpha.order("ada")).status_code == 200
    alpha.secret = old
    assert alpha.sends("orders/paid", alpha.order("ada")).status_code == 401
