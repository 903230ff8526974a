"""The fixture of the cases: three shops, their customers, and an order of 110 points."""

from typing import Any

import pytest

from tests.world import World, WorldShop

#: One point per whole 1.00, no hold, 500 points for 5.00 off, 50 for a review; lots end after a year.
PROGRAM = """
[earn.order]
points_per_unit = 1
exclude = ["shipping", "tax", "tip", "gift_card"]
hold_days = 0
[earn.review]
points = 50
[earn.referral]
advocate = 300
min_order = "20.00"
[expiry]
mode = "lots"
after = "365 days"
[[rewards]]
id = "five-off"
kind = "amount_off"
value = "5.00"
cost = 500
"""

#: Two pieces at 60.25 less 10.25, shipping 7.00, tax 9.00: 110.25 of the 126.25 count.
LINE = {"price": "60.25", "quantity": 2, "discount_allocations": [{"amount": "10.25"}]}
O1: dict[str, Any] = {
    "id": 900001, "subtotal_price": "110.25", "total_price": "126.25", "total_tax": "9.00", "total_discounts": "10.25",
    "shipping_lines": [{"id": 1, "title": "Parcel", "price": "7.00", "discounted_price": "7.00", "discount_allocations": []}],
}  # fmt: skip


@pytest.fixture
def alpha(world: World) -> WorldShop:
    return world.shop("alpha", document=PROGRAM, currency="USD", timezone="America/New_York")


@pytest.fixture
def beta(world: World) -> WorldShop:
    return world.shop("beta", document=PROGRAM, currency="EUR")


@pytest.fixture
def o1(alpha: WorldShop) -> dict[str, Any]:
    return alpha.order("ada", LINE, **O1)
