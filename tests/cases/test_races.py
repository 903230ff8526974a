"""Two at once, late, twice, or in another order: the net is the same, and nobody's points are lost or given again."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from regulars import complaints, customers, ledger, lifecycle, orders, pipeline, shops
from regulars.bulk import insert_new
from regulars.customers import Customer
from regulars.db import unit_of_work
from regulars.facts import (
    CustomerDeleted,
    CustomerRef,
    CustomerSeen,
    Fact,
    LineSeen,
    OrderDeleted,
    OrderSeen,
    PaymentStatus,
    ReviewSeen,
    ReviewStatus,
)
from regulars.messaging import Message
from regulars.verifying import verify
from tests.world import START, World, WorldShop

ADA = CustomerRef(id="1", email="ada@example.com")
GUEST = CustomerRef(email="ada@example.com")


def applies(world: World, shop: WorldShop, *facts: Fact) -> None:
    def work(session: Session) -> None:
        pipeline.apply(session, shops.get_shop(session, shop.id), facts, world.clock.moment)

    world.writes(work)


def meets(world: World, first: Callable[[Session], object], second: Callable[[Session], object]) -> None:
    """The second begins while the first has done its work and has not committed; both then commit."""
    began = threading.Event()

    def late() -> None:
        with world.app.app_context():
            began.set()
            unit_of_work(second)

    thread = threading.Thread(target=late)

    def early(session: Session) -> None:
        first(session)
        thread.start()
        began.wait()
        thread.join(0.5)  # as far as it comes: to the first row of ours that it waits for

    world.writes(early)
    thread.join(30)
    assert not thread.is_alive()


def resolves(shop: WorldShop, *refs: CustomerRef) -> Callable[[Session], object]:
    return lambda session: customers.resolve(session, shop.id, refs, START)


def who(world: World, shop: WorldShop, *refs: CustomerRef) -> list[str]:
    found = world.writes(lambda session: customers.resolve(session, shop.id, refs, START))
    return [found[ref] for ref in refs]


@pytest.mark.parametrize("pair", list(permutations([GUEST, ADA])))
def test_a_guest_and_their_account_at_once_are_one_customer(
    world: World, shop: WorldShop, pair: tuple[CustomerRef, CustomerRef]
) -> None:
    meets(world, resolves(shop, pair[0]), resolves(shop, pair[1]))
    assert len(set(who(world, shop, *pair))) == 1
    assert customers_of(world, shop) == 1


def test_one_account_under_two_addresses_at_once_leaves_nobody_behind(world: World, shop: WorldShop) -> None:
    moved = replace(ADA, email="ada@elsewhere.com")
    meets(world, resolves(shop, moved), resolves(shop, ADA))
    assert len({*who(world, shop, ADA, moved), *who(world, shop, GUEST)}) == 1
    assert customers_of(world, shop) == 1


def test_a_guest_becomes_one_account_even_when_two_come_at_once(world: World, shop: WorldShop) -> None:
    twin = replace(ADA, id="2")
    who(world, shop, GUEST)
    meets(world, resolves(shop, ADA), resolves(shop, twin))
    assert len(set(who(world, shop, ADA, twin))) == 2


def customers_of(world: World, shop: WorldShop) -> int:
    question = select(func.count()).select_from(Customer).where(Customer.shop_id == shop.id)
    return world.reads(lambda session: session.scalar(question) or 0)


def test_points_given_by_hand_have_the_key_that_was_given_and_no_other(world: World, shop: WorldShop) -> None:
    shop.customer_pays("ada", "100.00")
    for key in ("visit/1", "visit", "visit/debt", "visit%2F1", "visit"):
        cause = ledger.Cause("gift", key)
        world.writes(
            partial(
                ledger.adjust, shop_id=shop.id, customer_id=shop.id_of("ada"), unit="points", points=10, cause=cause,
                key=key, now=START,
            )
        )  # fmt: skip
    assert shop.points("ada") == 140
    assert shop.is_clean()


BOUGHT = OrderSeen(
    "1",
    START,
    START,
    "EUR",
    PaymentStatus.PAID,
    100_00,
    (LineSeen("a", 1, 1, 100_00, product_id="P"),),
    ADA,
    body_hash="x",
)
PRAISE = ReviewSeen("judgeme", "r1", START + timedelta(minutes=1), ReviewStatus.APPROVED, 5, "P", ADA)


def available(world: World, shop: WorldShop, ref: CustomerRef) -> int:
    (customer_id,) = who(world, shop, ref)
    return world.reads(lambda session: ledger.balance(session, shop.id, customer_id, "points").available)


@pytest.mark.parametrize("change", [{"product_id": "Q"}, {"customer": CustomerRef(id="2", email="bea@example.com")}])
def test_a_review_that_turns_out_to_be_of_something_else_gives_its_points_back(
    world: World, shop: WorldShop, change: dict[str, Any]
) -> None:
    world.clock.passes(minutes=10)
    applies(world, shop, BOUGHT, PRAISE)
    assert available(world, shop, ADA) == 150
    applies(world, shop, replace(PRAISE, occurred_at=START + timedelta(minutes=2), **change))
    assert available(world, shop, ADA) == 100
    assert shop.is_clean()


@pytest.mark.parametrize("way", list(permutations([0, 1])))
def test_a_review_and_its_deletion_at_once_leave_no_points(world: World, shop: WorldShop, way: tuple[int, ...]) -> None:
    world.clock.passes(minutes=10)
    applies(world, shop, BOUGHT)
    gone = ReviewSeen("judgeme", "r1", START + timedelta(minutes=2), ReviewStatus.DELETED, 0)

    def work(fact: Fact) -> Callable[[Session], object]:
        return lambda session: pipeline.apply(session, shops.get_shop(session, shop.id), [fact], world.clock.moment)

    facts = [PRAISE, gone]
    meets(world, work(facts[way[0]]), work(facts[way[1]]))
    assert available(world, shop, ADA) == 100
    applies(world, shop, PRAISE)
    assert available(world, shop, ADA) == 100


CANCELLED = replace(BOUGHT, updated_at=START + timedelta(minutes=1), cancelled=True, body_hash="c")
REINSTATED = replace(BOUGHT, updated_at=START + timedelta(minutes=2), body_hash="r")
DELETED = OrderDeleted("1", START + timedelta(minutes=3))
UNDELETED = replace(BOUGHT, updated_at=START + timedelta(minutes=4), body_hash="u")


@pytest.mark.parametrize(
    ("facts", "points"),
    [([CANCELLED, REINSTATED, DELETED], 0), ([REINSTATED, DELETED, UNDELETED], 100)],
    ids=["deleted last", "brought back last"],
)
def test_a_deletion_counts_from_its_own_time_in_every_order_of_arrival(
    world: World, shop: WorldShop, facts: list[OrderSeen | OrderDeleted], points: int
) -> None:
    world.clock.passes(minutes=10)
    for number, way in enumerate(permutations(facts)):
        ref = CustomerRef(id=f"c{number}")
        for fact in way:
            seen = replace(fact, customer=ref) if isinstance(fact, OrderSeen) else fact
            applies(world, shop, replace(seen, id=f"o{number}"))
        assert available(world, shop, ref) == points, [type(fact).__name__ for fact in way]


def test_a_hold_that_ends_before_a_gift_still_moves_the_tier_and_is_told(world: World) -> None:
    shop = world.shop("held", document=HELD)
    shop.customer_pays("ada", "500.00")
    world.clock.passes(days=1)
    gives_points(world, shop, "ada")
    world.ticks()
    ada = shop.id_of("ada")
    tier = select(Customer.tier).where(Customer.shop_id == shop.id, Customer.id == ada)
    told = select(func.count()).where(Message.shop_id == shop.id, Message.template == "points_available")
    assert world.reads(lambda session: session.scalar(tier)) == "Silver"
    assert world.reads(lambda session: session.scalar(told)) == 1


HELD = """
unit = "points"
[earn.order]
points_per_unit = 1
hold_days = 1
[expiry]
mode = "never"
[[tiers]]
name = "Silver"
at = 500
"""


def gives_points(world: World, shop: WorldShop, whom: str) -> None:
    ada, now = shop.id_of(whom), world.clock.moment
    agent = complaints.Agent("s1", "owner", "Olga", "olga@shop.example")

    def work(session: Session) -> None:
        case = complaints.open_complaint(session, shop.id, ada, None, "late", "It came late.", "k", now)
        complaints.grant(session, shop.id, case.id, agent, 10, "g", now)

    world.writes(work)


def test_no_statement_of_the_night_grows_with_the_shop(world: World, shop: WorldShop) -> None:
    """Databases take some ten thousand values in a statement, and the first night after an import changes everybody."""
    number, old = 1_200, START - timedelta(days=10)
    people = [{"shop_id": shop.id, "id": f"c{one}", "created_at": old, "stage_since": old} for one in range(number)]
    bought = [
        {"shop_id": shop.id, "id": f"o{one}", "customer_id": f"c{one}", "placed_at": old, "standing": True}
        for one in range(number)
    ]
    longest = 0

    def measure(_c: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, many: bool) -> None:
        nonlocal longest
        longest = max(longest, 0 if many else len(parameters))

    def sweep(session: Session) -> None:
        insert_new(session, Customer, people)
        insert_new(session, orders.Order, bought)
        event.listen(session.get_bind(), "before_cursor_execute", measure)
        piece: dict[str, Any] | None = {}
        while piece is not None:
            piece = lifecycle.sweep(session, shop.id, piece, START)
        event.remove(session.get_bind(), "before_cursor_execute", measure)

    world.writes(sweep)
    active = select(func.count()).where(Customer.shop_id == shop.id, Customer.activity == "active")
    assert world.reads(lambda session: session.scalar(active)) == number
    assert longest < number


def test_the_ledger_is_verified_as_of_one_moment(world: World, shop: WorldShop) -> None:
    world.clock.passes(minutes=10)
    applies(world, shop, BOUGHT)
    going_on = [threading.Thread(target=applies, args=(world, shop, replace(BOUGHT, id="2")))]

    def goes_on(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM regulars_accounts" in statement and going_on:
            thread = going_on.pop()
            thread.start()
            thread.join()

    def verifies(session: Session) -> list[str | None]:
        event.listen(session.get_bind(), "after_cursor_execute", goes_on)
        found = [verdict.wrong for verdict in verify(session)]
        event.remove(session.get_bind(), "after_cursor_execute", goes_on)
        return found

    assert world.reads(verifies) == [None]
    assert available(world, shop, ADA) == 200


def test_who_was_deleted_before_we_heard_of_them_stays_deleted(world: World, shop: WorldShop) -> None:
    world.clock.passes(minutes=10)
    applies(world, shop, CustomerDeleted("1", START + timedelta(minutes=1)))
    applies(world, shop, CustomerSeen(ADA, START, marketing_consent=True), BOUGHT)
    (ada,) = who(world, shop, ADA)
    assert world.reads(lambda session: customers.contact(session, shop.id, ada).email) is None
    assert available(world, shop, ADA) == 100
