"""Imports that are killed go on where they were: nothing twice, nothing lost; and the shop is served meanwhile."""

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from regulars.ledger import EntryRow
from tests.servers import wait_until
from tests.webhooks.importing import Importing, order, written
from tests.world import PROGRAM, World, WorldShop

pytestmark = [pytest.mark.slow, pytest.mark.faults]

ORDERS = 3_000


@pytest.fixture
def shop(world: World) -> WorldShop:
    """Without tiers: every order is worth ten points."""
    return world.shop(document=PROGRAM.partition("[[tiers]]")[0])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "orders.ndjson", map(order, range(ORDERS)))


def earned(world: World, shop: WorldShop) -> tuple[int, int]:
    """How many orders have earned, and how many points."""
    mine = select(func.count(EntryRow.cause_id.distinct()), func.sum(EntryRow.amount))
    row = world.reads(lambda s: s.execute(mine.where(EntryRow.shop_id == shop.id, EntryRow.kind == "earn")).one())
    return row[0], int(row[1] or 0)


def test_an_import_that_was_killed_goes_on(world: World, shop: WorldShop, file: Path) -> None:
    first = Importing(world, shop, file, "--jobs", "2")
    first.is_under_way()
    first.kill()
    stood_at = first.applied()
    assert 0 < stood_at < ORDERS
    wait_until(lambda: not _somebody_writes(first), "the parts of a killed import went on")
    code, told = Importing(world, shop, file, "--jobs", "2").ends()
    assert (code, told["applied"]) == (0, ORDERS), told
    assert told["resumed_at"] >= stood_at
    assert earned(world, shop) == (ORDERS, ORDERS * 10)
    assert shop.is_clean()


def _somebody_writes(importing: Importing) -> bool:
    before = importing.applied()
    time.sleep(2)
    return importing.applied() != before


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
def test_a_part_that_was_killed_is_told_and_goes_on(world: World, shop: WorldShop, file: Path) -> None:
    first = Importing(world, shop, file, "--jobs", "2")
    first.is_under_way()
    os.kill(first.children()[0], signal.SIGKILL)
    code, told = first.ends()
    assert (code, told["ended_early"]) == (1, 1)
    assert told["applied"] < ORDERS
    code, told = Importing(world, shop, file, "--jobs", "1").ends()
    assert (code, told["applied"], told["ended_early"]) == (0, ORDERS, 0)
    assert earned(world, shop) == (ORDERS, ORDERS * 10)
    assert shop.is_clean()


def test_the_shop_is_served_during_an_import(world: World, shop: WorldShop, tmp_path: Path) -> None:
    importing = Importing(world, shop, written(tmp_path / "many.ndjson", map(order, range(8 * ORDERS))))
    importing.is_under_way()
    waits = []
    for number in range(50):
        began = time.monotonic()
        assert shop.sends("orders/paid", shop.order("Ada", "10.00", number=number + 1)).status_code == 200
        waits.append(time.monotonic() - began)
        time.sleep(0.02)
    assert importing.process.poll() is None, "the import was over before the deliveries were"
    assert max(waits) < 1.0, waits
    assert importing.ends()[0] == 0
    world.works()
    assert shop.is_clean()
