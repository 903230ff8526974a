"""Who is who: in one batch or in many, in whatever order."""

from functools import partial
from itertools import permutations

import pytest

from regulars import customers
from regulars.facts import CustomerRef
from tests.world import World, WorldShop

GUEST = CustomerRef(email="Ada@example.com")
NAMED = CustomerRef(id="1001", email="ada@example.com")


def people(world: World, shop: WorldShop, *batches: list[CustomerRef]) -> dict[CustomerRef, str]:
    """Resolve batch after batch; who each is in the end."""
    now = world.clock.moment
    for batch in batches:
        world.writes(partial(customers.resolve, shop_id=shop.id, refs=batch, now=now))
    everyone = [ref for batch in batches for ref in batch]
    return world.writes(lambda session: customers.resolve(session, shop.id, everyone, now))


def test_the_shops_id_leads_to_one_customer(world: World, shop: WorldShop) -> None:
    renamed = CustomerRef(id="1001", email="ada@elsewhere.com")
    assert len(set(people(world, shop, [NAMED], [renamed]).values())) == 1


def test_a_guest_who_gets_an_account_stays_who_they_are(world: World, shop: WorldShop) -> None:
    assert len(set(people(world, shop, [GUEST], [NAMED]).values())) == 1


@pytest.mark.parametrize("way", list(permutations([GUEST, NAMED])))
def test_one_batch_says_the_same_as_two(world: World, shop: WorldShop, way: tuple[CustomerRef, ...]) -> None:
    assert len(set(people(world, shop, list(way)).values())) == 1


def test_two_accounts_with_one_address_are_two_customers(world: World, shop: WorldShop) -> None:
    twin = CustomerRef(id="1002", email="ada@example.com")
    assert len(set(people(world, shop, [GUEST], [NAMED, twin]).values())) == 2
    assert len(set(people(world, world.shop("gamma"), [GUEST], [NAMED], [twin]).values())) == 2
    assert len(set(people(world, world.shop("delta"), [GUEST, NAMED, twin]).values())) == 2


def test_who_names_nobody_is_nobody(world: World, shop: WorldShop) -> None:
    assert people(world, shop, [CustomerRef(name="Ada"), CustomerRef(email="no address")]) == {}


def test_the_same_id_in_another_shop_is_another_customer(world: World, shop: WorldShop) -> None:
    other = world.shop("beta")
    assert people(world, shop, [NAMED])[NAMED] != people(world, other, [NAMED])[NAMED]
