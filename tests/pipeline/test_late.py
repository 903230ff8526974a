"""What comes late: the account is brought up to date first, and tiers do not run back and forth."""

from sqlalchemy import select

from regulars import program
from regulars.tiers import TierChange
from tests.world import PROGRAM, World, WorldShop

HALF_A_YEAR = PROGRAM.replace("365 days", "180 days")


def test_a_refund_takes_no_points_that_had_ended_before_it(world: World) -> None:
    """Whether the clock has ticked meanwhile must not matter: what ended in July cannot pay in August."""
    for key, ticks in (("gamma", True), ("delta", False)):
        shop = world.shop(key, document=HALF_A_YEAR)
        world.clock.set(world.clock.moment)
        first = shop.customer_pays("ada", "100.00")
        world.clock.passes(days=1)
        shop.customer_pays("ada", "100.00")
        shop.spends("ada", 100)
        world.clock.passes(days=200)
        if ticks:
            world.ticks()
        shop.shop_refunds(first, (0, 1, "100.00"))
        assert (shop.balance("ada").available, shop.balance("ada").debt) == (0, 100), key
        assert shop.is_clean()


def tier_changes(world: World, shop: WorldShop) -> list[tuple[str | None, str | None]]:
    question = select(TierChange).where(TierChange.shop_id == shop.id).order_by(TierChange.seq)
    return [(change.old, change.new) for change in world.reads(lambda session: [*session.scalars(question)])]


def publish(world: World, shop: WorldShop, document: str) -> None:
    parsed = program.parse_toml(document)
    world.writes(lambda session: program.publish(session, shop.id, parsed, world.clock.moment, actor="operator"))


def test_touching_an_order_of_an_older_program_moves_nobody_back_and_forth(world: World) -> None:
    shop = world.shop("gamma", document=PROGRAM.partition("[[tiers]]")[0])
    old = shop.customer_pays("ada", "600.00")
    world.clock.passes(days=1)
    publish(world, shop, PROGRAM)
    world.clock.passes(days=1)
    shop.customer_pays("ada", "10.00")
    assert tier_changes(world, shop) == [(None, "Silver")]
    shop.shop_refunds(old, (0, 1, "1.00"))
    assert tier_changes(world, shop) == [(None, "Silver")]


def test_a_late_order_of_an_older_program_moves_nobody_back_and_forth(world: World) -> None:
    shop = world.shop("gamma", document=PROGRAM.partition("[[tiers]]")[0])
    late = shop.order("ada", "10.00")
    world.clock.passes(days=1)
    publish(world, shop, PROGRAM)
    shop.customer_pays("ada", "600.00")
    world.clock.passes(days=1)
    shop.delivers("orders/paid", late)
    assert tier_changes(world, shop) == [(None, "Silver")]
    assert shop.points("ada") == 610
