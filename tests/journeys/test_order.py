"""The way of an order, whole: signed webhooks in, points, stages and letters out."""

from tests.world import World, WorldShop


def test_a_paid_order_earns_its_points(shop: WorldShop) -> None:
    shop.customer_pays("ada", "110.25")
    assert shop.points("ada") == 110
    assert shop.is_clean()


def test_a_full_refund_takes_everything_back(shop: WorldShop) -> None:
    order = shop.customer_pays("ada", "110.25")
    shop.shop_refunds(order, (0, 1, "110.25"))
    assert shop.points("ada") == 0
    assert shop.stage("ada") == "reach"
    assert shop.is_clean()


def test_stages_move_with_orders_and_time(shop: WorldShop, world: World) -> None:
    shop.customer_pays("ada", "10.00")
    assert shop.stage("ada") == "acquire"
    world.sleeps(days=31)
    assert shop.stage("ada") == "develop"
    shop.customer_pays("ada", "10.00")
    assert shop.stage("ada") == "retain"
