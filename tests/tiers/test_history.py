"""Tiers while history is replayed: an order earns by the tier of its own time, also when everything comes in one batch."""

from datetime import timedelta

from regulars import pipeline, shops
from regulars.facts import CustomerRef, LineSeen, OrderSeen, Origin, PaymentStatus
from tests.world import START, World, WorldShop


def test_a_back_fill_in_one_batch_gives_each_order_the_tier_of_its_own_time(world: World, shop: WorldShop) -> None:
    """2,000 points make Gold (×1.25): the order before earns 100, the one after 125."""
    ada = CustomerRef(id=str(shop.customer("ada")["id"]))
    spent = [(100_00, 300), (2000_00, 200), (100_00, 100)]

    def order(number: int, minor: int, days_ago: int) -> OrderSeen:
        at = START - timedelta(days=days_ago)
        line = LineSeen("1", 1, 1, minor)
        return OrderSeen(str(number), at, at, "EUR", PaymentStatus.PAID, minor, (line,), ada)

    facts = [order(number, minor, days_ago) for number, (minor, days_ago) in enumerate(spent)]

    def tell(batch: list[OrderSeen]) -> None:
        world.writes(lambda s: pipeline.apply(s, shops.get_shop(s, shop.id), batch, START, Origin.BACKFILL))

    tell(facts[::-1])
    tell(facts)
    assert [entry.amount for entry in shop.entries("ada") if entry.kind == "earn"] == [100, 2000, 125]
    assert shop.is_clean()
