"""Whatever happens in the shop, an answer that was kept is the one that would be made anew, to the byte."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from regulars import clock, complaints, program
from regulars.customers import CustomerPii
from regulars.shops import Shop
from regulars.storefront.queries import Desk, me
from tests.storefront.conftest import Arrives
from tests.world import PROGRAM, World, WorldShop

_WHO = ("ada", "bea")
_LANGUAGES = ("en", "cs")
_DOCUMENT = PROGRAM.replace("hold_days = 0", "hold_days = 3")
_STEPS = 20


class Days:
    """What happens in a shop, by one source of chance."""

    def __init__(self, shop: WorldShop, seed: int) -> None:
        self.shop, self.chance = shop, random.Random(seed)
        self.steps: list[Callable[[], Any]] = [
            self.somebody_pays, self.an_order_is_renamed, self.an_order_goes_to_another, self.an_order_is_refunded,
            self.an_order_is_cancelled, self.somebody_spends, self.somebody_complains, self.a_complaint_is_answered,
            self.somebody_is_renamed, self.the_shop_moves, self.rewards_change, self.time_passes, self.the_worker_sweeps,
        ]  # fmt: skip

    def step(self) -> str:
        """One of them; says which."""
        taken = self.chance.choice(self.steps)
        taken()
        if self.chance.random() < 0.7:  # the rest happens in the same second
            self.shop.world.clock.passes(seconds=1)
        return taken.__name__

    def somebody_pays(self) -> None:
        self.shop.customer_pays(self.chance.choice(_WHO), f"{self.chance.randint(1, 900)}.00")

    def an_order_is_renamed(self) -> None:
        self.shop.shop_changes(self.order(), name=f"#{self.chance.randint(1, 999)}-R")

    def an_order_goes_to_another(self) -> None:
        self.shop.shop_changes(self.order(), customer=self.shop.customer(self.chance.choice(_WHO)))

    def an_order_is_refunded(self) -> None:
        self.shop.shop_refunds(self.order(), (0, 1, "1.00"))

    def an_order_is_cancelled(self) -> None:
        self.shop.shop_cancels(self.order())

    def somebody_spends(self) -> None:
        who = self.chance.choice(_WHO)
        if points := self.shop.points(who):
            self.shop.spends(who, min(points, 7), f"r-{self.chance.random()}")

    def somebody_complains(self) -> None:
        said = (self.shop.id, self.shop.id_of(self.chance.choice(_WHO)), None, "damaged", "It was open.")
        key, now = f"k-{self.chance.random()}", self.shop.world.clock.moment
        self.shop.world.writes(lambda session: complaints.open_complaint(session, *said, key, now))

    def a_complaint_is_answered(self) -> None:
        agent, now = complaints.Agent("s1", "owner", "Olga", "olga@shop.example"), self.shop.world.clock.moment
        told = [case for who in _WHO for case in json.loads(fresh(self.shop, who, "en"))["complaints"]]
        new = [case["id"] for case in told if case["status"] == "new"]
        if new:
            self.shop.world.writes(
                lambda session: complaints.answer(session, self.shop.id, new[0], agent, "We are sorry.", now)
            )

    def somebody_is_renamed(self) -> None:
        mine = (CustomerPii.shop_id == self.shop.id) & (CustomerPii.customer_id == self.shop.id_of("ada"))
        renamed = update(CustomerPii).where(mine).values(name=f"Ada {self.chance.random()}")
        self.shop.world.writes(lambda session: session.execute(renamed))

    def the_shop_moves(self) -> None:
        zone = self.chance.choice(["Europe/Prague", "Pacific/Kiritimati", "America/New_York"])
        moved = update(Shop).where(Shop.id == self.shop.id).values(timezone=zone)
        self.shop.world.writes(lambda session: session.execute(moved))

    def rewards_change(self) -> None:
        now = self.shop.world.clock.moment
        document = program.parse_toml(_DOCUMENT.replace("cost = 500", f"cost = {self.chance.randint(1, 900)}"))
        self.shop.world.writes(lambda session: program.publish(session, self.shop.id, document, now, actor="operator"))

    def time_passes(self) -> None:
        self.shop.world.clock.passes(days=self.chance.choice([1, 3, 30, 366]))

    def the_worker_sweeps(self) -> None:
        self.shop.world.ticks()

    def order(self) -> dict[str, Any]:
        return self.chance.choice([*self.shop.orders.values()])


def fresh(shop: WorldShop, who: str, language: str) -> bytes:
    """What is said by a desk that has kept nothing."""
    customer_id = shop.id_of(who)
    with shop.world.app.app_context():
        desk = Desk()
        return me(desk, shop.key, desk.glance(shop.key, customer_id), customer_id, clock.now(), language).body


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_kept_answer_is_the_answer(world: World, arrives: Arrives, seed: int) -> None:
    shop = world.shop(document=_DOCUMENT)
    days = Days(shop, seed)
    for who in _WHO:
        shop.customer_pays(who)
    told = []
    for _ in range(_STEPS):
        told.append(days.step())
        for who in _WHO:
            shopper = arrives(shop, who)
            for language in _LANGUAGES:
                assert shopper.asks("me", Accept_Language=language).data == fresh(shop, who, language), told
