"""Many hands on one account: the same points are spent once, a key means one thing, and what is owed is told."""

import threading
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import ledger, points
from regulars.customers import Customer
from regulars.db import unit_of_work
from regulars.errors import InvalidInput, KeyReused, NotEnoughPoints, NotFound, RegularsError
from regulars.ledger import Cause, Redemption, Step
from tests.cases.conftest import PROGRAM
from tests.storefront.conftest import Arrives, arrives
from tests.world import World, WorldShop

__all__ = ["arrives"]


def at_once(world: World, calls: Sequence[Callable[[], object]], threads: int = 8) -> list[str]:
    """What became of calls that come at the same time: "done", or the code of our refusal; anything else fails the test."""
    told, waiting, lock = [""] * len(calls), list(enumerate(calls)), threading.Lock()
    start, broken = threading.Barrier(threads), []

    def work() -> None:
        start.wait()
        with world.app.app_context():
            while True:
                with lock:
                    if not waiting:
                        return
                    number, call = waiting.pop()
                try:
                    call()
                    told[number] = "done"
                except RegularsError as refusal:
                    told[number] = refusal.code
                except Exception as error:
                    broken.append(error)

    crowd = [threading.Thread(target=work) for _ in range(threads)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(120)
    assert not broken, broken
    return told


def reserves(shop: WorldShop, who: str, amount: int, key: str) -> Callable[[], None]:
    """A reservation in a transaction of its own."""
    customer_id, now = shop.id_of(who), shop.world.clock.moment
    return lambda: unit_of_work(
        lambda session: ledger.reserve_points(session, shop.id, customer_id, "points", amount, key, now)
    )


def told(shop: WorldShop, who: str, amount: int) -> str:
    """What became of one reservation under the key k."""
    return at_once(shop.world, [reserves(shop, who, amount, "k")], threads=1)[0]


def adjusts(shop: WorldShop, who: str, amount: Any, key: str, **said: Any) -> None:
    customer_id, now = shop.id_of(who), shop.world.clock.moment
    cause = Cause("gift", said.get("cause", "birthday"))
    shop.world.writes(
        lambda session: points.adjust(session, shop.id, customer_id, "points", amount, cause, key, now)
    )  # fmt: skip


@pytest.mark.parametrize("amount", [0, 1.5, "1e9", None, 2**63, -(2**63), 10_000_001, -10_000_001, True])
def test_c030_what_is_no_number_of_points_is_refused(alpha: WorldShop, o1: dict[str, Any], amount: Any) -> None:
    alpha.delivers("orders/paid", o1)
    with pytest.raises(InvalidInput):
        adjusts(alpha, "ada", amount, "k")
    assert len(alpha.entries("ada")) == 1


@pytest.mark.parametrize("together", [False, True], ids=["each alone", "at the counter"])
def test_c033_of_fifty_who_spend_the_same_points_one_does(world: World, alpha: WorldShop, together: bool) -> None:
    alpha.customer_pays("ada", "500.00")
    ada, now, counter = alpha.id_of("ada"), world.clock.moment, points.Counter()

    def at_the_counter(key: str) -> Callable[[], None]:
        return lambda: counter.redeem(alpha.id, "points", Redemption(Step.RESERVE, ada, key, 500), now)

    make = at_the_counter if together else (lambda key: reserves(alpha, "ada", 500, key))
    told = at_once(world, [make(f"r{number}") for number in range(50)])
    assert Tally(told) == {"done": 1, "not_enough_points": 49}
    stands = alpha.balance("ada")
    assert (stands.available, stands.reserved) == (0, 500)
    assert alpha.is_clean()


def test_c034_the_same_key_twenty_times_at_once_is_one_reservation(world: World, alpha: WorldShop) -> None:
    alpha.customer_pays("ada", "1200.00")
    assert set(at_once(world, [reserves(alpha, "ada", 500, "r1")] * 20)) == {"done"}
    assert (alpha.balance("ada").available, alpha.balance("ada").reserved) == (700, 500)
    assert alpha.is_clean()


def test_c035_a_key_means_one_thing_for_one_customer_of_one_shop(alpha: WorldShop, beta: WorldShop) -> None:
    for shop, who in ((alpha, "ada"), (alpha, "bea"), (beta, "ada")):
        shop.customer_pays(who, "600.00")
    assert told(alpha, "ada", 500) == "done"
    assert told(alpha, "ada", 100) == "idempotency_key_reused"
    assert told(alpha, "bea", 100) == told(beta, "ada", 100) == "done"
    held = [(shop.balance(who).reserved) for shop, who in ((alpha, "ada"), (alpha, "bea"), (beta, "ada"))]
    assert held == [500, 100, 100]


def test_c035_so_does_the_key_of_what_is_given_by_hand(alpha: WorldShop, beta: WorldShop) -> None:
    for shop, who in ((alpha, "ada"), (alpha, "bea"), (beta, "ada")):
        shop.customer_pays(who, "10.00")
        adjusts(shop, who, 50, "k")
        adjusts(shop, who, 50, "k")
        assert shop.points(who) == 60
    for amount, cause in ((40, "birthday"), (-50, "birthday"), (50, "anniversary")):
        with pytest.raises(KeyReused) as refusal:
            adjusts(alpha, "ada", amount, "k", cause=cause)
        assert refusal.value.status == 422
    assert alpha.points("ada") == 60


def test_c036_what_a_refund_cannot_take_is_owed_and_told(alpha: WorldShop, arrives: Arrives) -> None:
    order = alpha.customer_pays("ada", "600.00")
    alpha.spends("ada", 500)
    alpha.shop_refunds(order, (0, 1, "600.00"))
    assert (alpha.balance("ada").available, alpha.balance("ada").debt) == (0, 500)
    with pytest.raises(NotEnoughPoints):
        alpha.spends("ada", 1, "r2")
    alpha.customer_pays("ada", "200.00")
    assert (alpha.balance("ada").available, alpha.balance("ada").debt) == (0, 300)
    assert arrives(alpha, "ada").asks("me").get_json()["points"]["debt"] == 300
    assert alpha.is_clean()


def in_a_crowd(world: World, shop: WorldShop, count: int) -> list[str]:
    """So many customers with 500 points that end with the second."""
    names = [f"shopper{number}" for number in range(count)]
    lasting = world.clock.moment + timedelta(seconds=1)

    def give(session: Session) -> list[str]:
        for name in names:
            cause = Cause("gift", name)
            ledger.adjust(session, shop.id, name, "points", 500, cause, name, world.clock.moment, lasting)
        return names

    return world.writes(give)


def kinds_of(shop: WorldShop, name: str) -> list[str]:
    history = shop.world.reads(lambda session: ledger.history(session, shop.id, name, "points"))
    return [entry.kind for entry in history]


@pytest.mark.slow
def test_c026_a_redemption_and_the_expiry_of_the_same_points_never_both_win(world: World, alpha: WorldShop) -> None:
    crowd = in_a_crowd(world, alpha, 200)
    before = world.clock.moment
    world.clock.passes(seconds=1)
    ended = world.clock.moment

    def expires(name: str) -> Callable[[], None]:
        def work(session: Session) -> None:
            with ledger.book_of(session, alpha.id, name, "points", ended):
                pass

        return lambda: unit_of_work(work)

    def spends(name: str) -> Callable[[], None]:
        return lambda: unit_of_work(
            lambda session: ledger.reserve_points(session, alpha.id, name, "points", 500, name, before)
        )

    calls = [call for name in crowd for call in (expires(name), spends(name))]
    told = at_once(world, calls)
    for number, name in enumerate(crowd):
        moves = kinds_of(alpha, name)
        spent = told[2 * number + 1] == "done"
        assert sorted(moves) == sorted(["adjust", "reserve" if spent else "expiry"]), name
    assert alpha.is_clean()


@pytest.mark.slow
def test_c039_a_redemption_ends_in_one_way_alone(world: World, alpha: WorldShop) -> None:
    alpha.customer_pays("ada", "2000.00")
    ada, now = alpha.id_of("ada"), world.clock.moment
    keys = [f"r{number}" for number in range(200)]
    held = [Redemption(Step.RESERVE, ada, key, 10) for key in keys]
    assert world.writes(lambda session: ledger.redeem_all(session, alpha.id, "points", held, now)) == [None] * 200

    def ends(step: Step, key: str) -> Callable[[], object]:
        verb = {Step.COMMIT: ledger.commit_points, Step.VOID: ledger.void_points}[step]
        return lambda: unit_of_work(lambda session: verb(session, alpha.id, ada, "points", key, now))

    told = at_once(world, [ends(step, key) for key in keys for step in (Step.COMMIT, Step.VOID)])
    pairs = [sorted(told[place : place + 2]) for place in range(0, 400, 2)]
    assert pairs == [["done", "invalid_input"]] * 200
    assert alpha.balance("ada").reserved == 0
    assert alpha.is_clean()


def test_steps_that_come_together_are_taken_in_their_order(world: World, alpha: WorldShop) -> None:
    alpha.customer_pays("ada", "100.00")
    alpha.customer_pays("bea", "50.00")
    ada, bea, now = alpha.id_of("ada"), alpha.id_of("bea"), world.clock.moment
    asked = [
        Redemption(Step.RESERVE, ada, "a", 80), Redemption(Step.RESERVE, bea, "a", 50), Redemption(Step.RESERVE, ada, "b", 80),
        Redemption(Step.VOID, ada, "a"), Redemption(Step.RESERVE, ada, "b", 80), Redemption(Step.COMMIT, ada, "b"),
        Redemption(Step.RESERVE, ada, "b", 70), Redemption(Step.COMMIT, ada, "c"), Redemption(Step.RESERVE, ada, "d", -5),
    ]  # fmt: skip
    outcomes = world.writes(lambda session: points.redeem_all(session, alpha.id, "points", asked, now))
    refused: list[Any] = [None, None, NotEnoughPoints, None, None, None, KeyReused, NotFound, InvalidInput]
    assert [type(one) if one else None for one in outcomes] == refused
    assert (alpha.points("ada"), alpha.points("bea"), alpha.balance("bea").reserved) == (20, 0, 50)
    assert alpha.is_clean()


HELD = PROGRAM.replace("hold_days = 0", "hold_days = 1") + '[[tiers]]\nname = "Silver"\nat = 500\n'


def test_what_fell_due_before_a_gift_moves_the_tier_too(world: World) -> None:
    shop = world.shop("held", document=HELD, currency="USD")
    shop.customer_pays("ada", "500.00")
    world.clock.passes(days=1)
    adjusts(shop, "ada", 10, "k")
    ada = shop.id_of("ada")
    tier = select(Customer.tier).where(Customer.shop_id == shop.id, Customer.id == ada)
    assert world.reads(lambda session: session.scalar(tier)) == "Silver"
    assert shop.points("ada") == 510


def test_dates_of_a_gift_cannot_be_changed_behind_the_chain(world: World, alpha: WorldShop) -> None:
    name = in_a_crowd(world, alpha, 1)[0]
    entry = world.reads(lambda session: ledger.history(session, alpha.id, name, "points"))[0]
    ends = (world.clock.moment + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    assert (entry.explanation["release_at"], entry.explanation["expires_at"]) == (None, ends)

    def extend(session: Session) -> None:
        lots = ledger.LotRow
        session.query(lots).filter(lots.shop_id == alpha.id).update({"expires_at": world.clock.moment})

    world.writes(extend)
    found = world.reads(lambda session: ledger.verify_shop(session, alpha.id)[1])
    assert found is not None
    assert "other dates" in found.what
