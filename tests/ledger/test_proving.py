"""The whole ledger of a shop, read side by side with what is said about it: what lacks its other half is named."""

from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from regulars import ledger
from regulars.bulk import insert_new
from regulars.ledger import AccountRow, LotRow, PostedRow, proving
from regulars.ledger.chain import GENESIS
from tests.world import World, WorldShop


def found(world: World, shop: WorldShop) -> tuple[str, str] | None:
    """Whom the first break is about, and what it is."""
    wrong = world.reads(lambda session: ledger.verify_shop(session, shop.id)[1])
    return (wrong.customer_id, wrong.what) if wrong else None


def row(shop: WorldShop, customer_id: str, **said: Any) -> dict[str, Any]:
    return {"shop_id": shop.id, "customer_id": customer_id, "unit": "points"} | said


@pytest.fixture(autouse=True)
def _three_customers(shop: WorldShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "_AT_ONCE", 2)
    for who in ("Ada", "Bea", "Cid"):
        shop.customer_pays(who, "10.00")
        shop.customer_pays(who, "20.00")


def test_every_account_is_read_with_what_belongs_to_it(world: World, shop: WorldShop) -> None:
    assert world.reads(lambda session: ledger.verify_shop(session, shop.id)) == (6, None)


@pytest.mark.parametrize("who", ["Ada", "Bea", "Cid"])
def test_entries_without_their_account_are_named(world: World, shop: WorldShop, who: str) -> None:
    mine = (AccountRow.shop_id == shop.id) & (AccountRow.customer_id == shop.id_of(who))
    world.writes(lambda session: session.execute(delete(AccountRow).where(mine)))
    assert found(world, shop) == (shop.id_of(who), "its account row is missing")


@pytest.mark.parametrize("ghost", ["0", "zzz"])
def test_an_account_without_its_entries_is_named(world: World, shop: WorldShop, ghost: str) -> None:
    account = row(shop, ghost, version=3, head_hash=GENESIS, available=0, pending=0, reserved=0, debt=0, earned=0)
    world.writes(lambda session: insert_new(session, AccountRow, [account]))
    assert found(world, shop) == (ghost, "all its entries are missing")


def test_points_that_nobody_has_are_named(world: World, shop: WorldShop) -> None:
    posted = row(
        shop, "ghost", cause_type="order", cause_id="1", component="spend", points=5, written_off=0, moves=1,
        multiplier="1",
    )  # fmt: skip
    world.writes(lambda session: insert_new(session, PostedRow, [posted]))
    assert found(world, shop) == ("ghost", "points are said to be posted, and there are no entries")


def test_a_lot_that_vanished_is_named_by_its_customer(world: World, shop: WorldShop) -> None:
    mine = (LotRow.shop_id == shop.id) & (LotRow.customer_id == shop.id_of("Bea")) & (LotRow.version == 2)

    def lose(session: Session) -> None:
        session.execute(delete(LotRow).where(mine))

    world.writes(lose)
    assert found(world, shop) == (shop.id_of("Bea"), "the lots do not add up to the available and pending points")
