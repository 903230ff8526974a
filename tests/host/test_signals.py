"""The five signals of the host: each comes after the commit, from the host's app, with ids and nothing else."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from flask import Flask

from regulars import clock, complaints, ledger, signals
from tests.world import WorldShop


class Heard(list[tuple[str, Flask, dict[str, Any]]]):
    """Name, sender and arguments of each signal, in order."""

    def of(self, name: str) -> list[dict[str, Any]]:
        """The arguments of the signals of one name."""
        return [ids for heard, _, ids in self if heard == name]


@pytest.fixture
def heard() -> Iterator[Heard]:
    found = Heard()
    with ExitStack() as stack:
        for name, signal in signals.SIGNALS.items():
            stack.enter_context(signal.connected_to(partial(_hear, found, name)))
        yield found


def _hear(found: Heard, name: str, app: Flask, **ids: Any) -> None:
    found.append((name, app, ids))


def test_points_posted(shop: WorldShop, heard: Heard) -> None:
    shop.customer_pays("ada", "100.00")
    ids = {"shop_id": shop.id, "customer_id": shop.id_of("ada"), "unit": "points", "versions": (1, 1)}
    assert heard.of("points_posted") == [ids]


def test_tier_changed(shop: WorldShop, heard: Heard) -> None:
    shop.customer_pays("ada", "600.00")
    ids = {"shop_id": shop.id, "customer_id": shop.id_of("ada"), "old": None, "new": "Silver"}
    assert heard.of("tier_changed") == [ids]


def test_stage_changed(shop: WorldShop, heard: Heard) -> None:
    shop.customer_pays("ada", "10.00")
    shop.customer_pays("ada", "10.00")
    moves = [(ids["old"], ids["new"]) for ids in heard.of("stage_changed")]
    assert moves[-1] == ("acquire", "retain")
    assert heard.of("stage_changed")[-1].keys() == {"shop_id", "customer_id", "old", "new"}


def test_complaint_opened(shop: WorldShop, heard: Heard) -> None:
    shop.customer_pays("ada", "10.00")
    customer_id = shop.id_of("ada")
    opened = shop.world.writes(
        lambda session: (
            complaints.open_complaint(
                session, shop.id, customer_id, None, next(iter(complaints.PROBLEMS)), "It broke.", "key", clock.now()
            ).id
        )
    )
    assert heard.of("complaint_opened") == [{"shop_id": shop.id, "customer_id": customer_id, "complaint_id": opened}]


def test_redemption_confirmed(shop: WorldShop, heard: Heard) -> None:
    shop.customer_pays("ada", "600.00")
    who = (shop.id, shop.id_of("ada"), "points")
    shop.world.writes(lambda session: ledger.reserve_points(session, *who, 500, "r1", clock.now()))
    assert heard.of("redemption_confirmed") == []
    shop.world.writes(lambda session: ledger.commit_points(session, *who, "r1", clock.now()))
    ids = {"shop_id": shop.id, "customer_id": who[1], "redemption_id": "r1"}
    assert heard.of("redemption_confirmed") == [ids]


def test_each_comes_from_the_app_and_carries_nothing_personal(shop: WorldShop, heard: Heard) -> None:
    shop.customer_pays("ada", "600.00")
    assert heard
    assert {app for _, app, _ in heard} == {shop.world.app}
    assert "ada" not in repr([ids for _, _, ids in heard]).lower()
