"""Lots cannot be given other dates unseen: the entry that opened one says them, under its hash."""

from sqlalchemy import update

from regulars import ledger
from tests.world import World, WorldShop


def test_an_entry_says_when_its_points_become_available_and_end(shop: WorldShop) -> None:
    shop.customer_pays("ada", "100.00")
    (entry,) = shop.entries("ada")
    assert entry.explanation["release_at"] == "2026-03-02T09:00:00Z"
    assert entry.explanation["expires_at"] == "2027-03-02T23:00:00Z"  # the end of 2 March 2027 in Prague


def test_other_dates_of_a_lot_are_found(shop: WorldShop, world: World) -> None:
    shop.customer_pays("ada", "100.00")
    lots = ledger.LotRow
    world.writes(lambda s: s.execute(update(lots).where(lots.shop_id == shop.id).values(expires_at=None)))
    found = world.reads(lambda s: ledger.verify_shop(s, shop.id)[1])
    assert found is not None
    assert "other dates" in found.what
