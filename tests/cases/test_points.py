"""Points are exact, per order, per program, per currency and per shop."""

from typing import Any

import pytest

from regulars import program
from tests.cases.conftest import PROGRAM
from tests.world import World, WorldShop


def moved(shop: WorldShop, who: str = "ada") -> list[tuple[str, int]]:
    return [(entry.kind, entry.amount) for entry in shop.entries(who)]


def test_o1_earns_110(alpha: WorldShop, o1: dict[str, Any]) -> None:
    alpha.delivers("orders/paid", o1)
    assert alpha.points("ada") == 110


def test_c023_three_refunds_of_a_third(alpha: WorldShop) -> None:
    order = alpha.customer_pays("ada", {"price": "33.50", "quantity": 3})
    for _ in range(3):
        alpha.shop_refunds(order, (0, 1, "33.50"))
    assert moved(alpha) == [("earn", 100), ("clawback", 33), ("clawback", 34), ("clawback", 33)]
    assert alpha.points("ada") == 0


def test_c027_a_rule_doubled_later_takes_back_no_more_than_it_gave(
    alpha: WorldShop, o1: dict[str, Any], world: World
) -> None:
    alpha.delivers("orders/paid", o1)
    world.clock.passes(days=1)
    doubled = program.parse_toml(PROGRAM.replace("points_per_unit = 1", "points_per_unit = 2"))
    world.writes(lambda session: program.publish(session, alpha.id, doubled, world.clock.moment, actor="operator"))
    alpha.shop_refunds(o1, (0, 2, "110.25"))
    assert moved(alpha) == [("earn", 110), ("clawback", 110)]
    alpha.customer_pays("ada", "10.00")
    assert alpha.points("ada") == 20


def test_c028_points_follow_the_money_of_the_shop(alpha: WorldShop) -> None:
    both = {
        "shop_money": {"amount": "66.20", "currency_code": "USD"},
        "presentment_money": {"amount": "10000", "currency_code": "JPY"},
    }
    line = {"price": "66.20", "price_set": both}
    order = alpha.order("ada", line, presentment_currency="JPY", total_price_set=both, subtotal_price_set=both)
    alpha.delivers("orders/paid", order)
    assert alpha.points("ada") == 66


@pytest.mark.parametrize(("currency", "price", "points"), [("JPY", "12050", 12050), ("KWD", "12.345", 12)])
def test_c029_every_currency_has_its_own_minor_unit(world: World, currency: str, price: str, points: int) -> None:
    shop = world.shop("minor", document=PROGRAM, currency=currency)
    shop.customer_pays("ada", price)
    assert shop.points("ada") == points


def test_c062_the_same_number_in_another_shop_is_another_customer(
    alpha: WorldShop, beta: WorldShop, o1: dict[str, Any]
) -> None:
    beta.customer_pays("ada", "7.00")
    alpha.delivers("orders/paid", o1)
    assert alpha.customer("ada")["id"] == beta.customer("ada")["id"]
    assert (alpha.points("ada"), beta.points("ada")) == (110, 7)


def test_c062_a_secret_of_another_shop_opens_nothing(alpha: WorldShop, beta: WorldShop, o1: dict[str, Any]) -> None:
    alpha.secret = beta.secret
    assert alpha.sends("orders/paid", o1).status_code == 401
