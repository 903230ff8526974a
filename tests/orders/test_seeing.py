"""Documents and refunds of an order, in any order of arrival."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations

from regulars import orders
from regulars.facts import Fact, LineSeen, OrderDeleted, OrderSeen, PaymentStatus, RefundLine, RefundSeen
from tests.world import World, WorldShop

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
ORDER = OrderSeen(
    "1", AT, AT, "EUR", PaymentStatus.PAID, 3000, (LineSeen("a", 1, 1, 1000), LineSeen("b", 1, 1, 2000)), body_hash="x"
)


def refund(*parts: tuple[str, int], id_: str = "r", money_minor: int = 1000) -> RefundSeen:
    return RefundSeen("1", id_, AT, tuple(RefundLine(line, 1, minor) for line, minor in parts), money_minor)


Seen = OrderSeen | OrderDeleted | RefundSeen


def renamed(fact: Seen, name: str) -> Fact:
    """The same fact about an order of another name."""
    return replace(fact, order_id=name) if isinstance(fact, RefundSeen) else replace(fact, id=name)


def seen(world: World, shop: WorldShop, facts: tuple[Seen, ...], name: str) -> int:
    """The standing minor units of an order of this name after these facts, one delivery each."""
    for fact in facts:
        world.writes(partial(orders.see, shop_id=shop.id, facts=[renamed(fact, name)], who={}))
    return world.reads(lambda session: orders.read(session, shop.id, [name])[name].standing.minor)


def every_way(world: World, shop: WorldShop, *facts: Seen) -> set[int]:
    return {seen(world, shop, way, f"o{number}") for number, way in enumerate(permutations(facts))}


def test_refunds_and_documents_end_the_same_in_every_order(world: World, shop: WorldShop) -> None:
    paid_later = replace(ORDER, updated_at=AT + timedelta(minutes=5), body_hash="y")
    assert every_way(world, shop, ORDER, paid_later, refund(("a", 400)), refund(("b", 600), id_="s")) == {2000}


def test_the_fullest_telling_of_a_refund_wins(world: World, shop: WorldShop) -> None:
    assert every_way(world, shop, ORDER, refund(), refund(("a", 400)), refund(("a", 400), ("b", 600))) == {2000}


def test_two_tellings_as_full_as_each_other_have_one_winner(world: World, shop: WorldShop) -> None:
    assert len(every_way(world, shop, ORDER, refund(("a", 1500)), refund(("b", 1500)))) == 1


def test_a_deleted_order_stays_deleted(world: World, shop: WorldShop) -> None:
    assert every_way(world, shop, ORDER, OrderDeleted("1", AT + timedelta(minutes=1))) == {0}
