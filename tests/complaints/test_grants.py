"""Points to make up for a problem: once, within what the role allows, explained and written down."""

import threading
from dataclasses import replace

import pytest

from regulars import ledger
from regulars.complaints import Agent
from regulars.customers import Customer
from regulars.errors import Conflict, Forbidden, InvalidInput, KeyReused, LimitExceeded
from regulars.ledger import Cause
from tests.complaints.conftest import EVA, LEO, Desk, report
from tests.world import WorldShop


def test_points_are_given_and_say_who_gave_them_for_what(desk: Desk) -> None:
    desk.gives(250)
    assert desk.shop.points("ada") == 350
    entry = desk.shop.entries("ada")[-1]
    assert (entry.kind, entry.cause_type, entry.cause_id, entry.actor) == ("adjust", "complaint", desk.id, EVA.id)
    assert (entry.explanation["code"], entry.explanation["expires_at"]) == ("complaint_grant", "2027-03-02T23:00:00Z")
    assert desk.case.remarks[-1].detail == {"points": 250}
    assert desk.shop.is_clean()


def test_points_given_by_hand_raise_no_tier(desk: Desk) -> None:
    desk.gives(2_000, agent=LEO)
    desk.shop.customer_pays("ada", "1.00")
    key = (desk.shop.id, desk.case.complaint.customer_id)
    assert desk.shop.world.reads(lambda session: session.get_one(Customer, key).tier) is None


def test_the_same_key_gives_once(desk: Desk) -> None:
    desk.gives(100)
    desk.gives(100)
    assert desk.shop.points("ada") == 200
    with pytest.raises(KeyReused):
        desk.gives(150)


def test_one_point_above_the_limit_is_refused_and_says_what_is_left(desk: Desk) -> None:
    with pytest.raises(LimitExceeded) as refused:
        desk.gives(501)
    assert refused.value.extra == {"remaining": 500}
    assert (desk.shop.points("ada"), desk.state) == (100, "new")
    desk.gives(500)
    assert desk.shop.points("ada") == 600


def test_a_customer_gets_no_more_in_thirty_days_whoever_gives(desk: Desk) -> None:
    second = report(desk.shop, "ada", "k-2")
    desk.gives(500)
    second.gives(500, agent=replace(EVA, id="staff-ida"))
    assert second.left() == 0
    assert second.left(LEO) == 2_500
    desk.shop.world.clock.passes(days=30)
    assert second.left() == 500


def test_an_agent_has_a_budget_for_a_day_of_the_shop(shop: WorldShop) -> None:
    desks = []
    for who in ("ada", "bea", "cid", "dan", "eli"):
        shop.customer_pays(who)
        desks.append(report(shop, who))
    for desk in desks[:4]:
        desk.gives(500)
    with pytest.raises(LimitExceeded):
        desks[4].gives(1)
    shop.world.clock.passes(hours=13)  # 23:00 in Prague
    assert desks[4].left() == 0
    shop.world.clock.passes(hours=1)
    assert desks[4].left() == 500


@pytest.mark.parametrize("role", ["analyst", "nobody"])
def test_a_role_without_leave_gives_nothing(desk: Desk, role: str) -> None:
    with pytest.raises(LimitExceeded):
        desk.gives(1, agent=replace(EVA, role=role))


def test_an_owner_gives_what_it_takes(desk: Desk) -> None:
    desk.gives(1_000_000, agent=replace(EVA, role="owner"))
    with pytest.raises(LimitExceeded):
        desk.gives(1_000_001, "g-2", agent=replace(EVA, role="owner"))


def test_nobody_gives_to_their_own_address(desk: Desk) -> None:
    with pytest.raises(Forbidden, match="your own"):
        desk.gives(10, agent=Agent("staff-ada", "lead", "Ada", "Ada@Example.com"))
    assert desk.shop.points("ada") == 100


@pytest.mark.parametrize(("points", "key"), [(0, "k"), (-5, "k"), (5, ""), (5, "k" * 201)])
def test_a_grant_that_makes_no_sense_is_refused(desk: Desk, points: int, key: str) -> None:
    with pytest.raises(InvalidInput):
        desk.gives(points, key)


def test_nothing_is_given_for_a_closed_case(desk: Desk) -> None:
    desk.does("resolve")
    desk.does("close", "satisfied")
    with pytest.raises(Conflict):
        desk.gives(10)
    assert desk.shop.points("ada") == 100


def test_a_grant_pays_what_is_owed_first(shop: WorldShop) -> None:
    order = shop.customer_pays("ada", "100.00")
    desk = report(shop, "ada")
    customer_id, spent = shop.id_of("ada"), Cause("redemption", "r-1")
    shop.world.writes(
        lambda session: ledger.adjust(session, shop.id, customer_id, "points", -80, spent, "spent", desk.now)
    )
    shop.shop_cancels(order)
    assert shop.balance("ada").debt == 80
    desk.gives(100)
    assert (shop.points("ada"), shop.balance("ada").debt) == (20, 0)
    assert shop.is_clean()


def test_grants_of_one_agent_at_the_same_moment_cannot_pass_the_limit_together(shop: WorldShop) -> None:
    desks = []
    for who in ("ada", "bea", "cid", "dan", "eli", "fay"):
        shop.customer_pays(who)
        desks.append(report(shop, who))
    refused: list[LimitExceeded] = []

    def give(desk: Desk) -> None:
        try:
            desk.gives(500)
        except LimitExceeded as error:
            refused.append(error)

    threads = [threading.Thread(target=give, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    given = sum(shop.points(who) - 100 for who in ("ada", "bea", "cid", "dan", "eli", "fay"))
    assert (given, len(refused)) == (2_000, 2)
