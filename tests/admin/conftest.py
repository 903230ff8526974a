import pytest

from tests.admin.house import House, furnish
from tests.world import World, WorldShop


@pytest.fixture
def house(world: World, shop: WorldShop) -> House:
    """Alpha, furnished."""
    return furnish(world, shop)
