"""The clock of many shops: one that it cannot serve does not hold up the others."""

from sqlalchemy import func, select, update

from regulars.shops import Shop
from regulars.work import WorkRow, clockwork
from tests.world import World


def test_a_shop_in_a_zone_that_nobody_knows_holds_up_no_other(world: World) -> None:
    lost, other = world.shop(), world.shop("beta")
    world.writes(
        lambda session: session.execute(update(Shop).where(Shop.id == lost.id).values(timezone="Mars/Olympus"))
    )
    with world.app.app_context():
        clockwork.tick()
    written = select(func.count()).where(WorkRow.shop_id == other.id)
    assert world.reads(lambda session: session.scalar(written))
