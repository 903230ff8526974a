"""Many rows in one statement: every verb does on each database what it says."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from regulars.bulk import among, as_ids, insert_all, insert_fresh, insert_new, update, upsert
from regulars.orders.models import Order, Refund
from tests.world import START, World, WorldShop

AWKWARD = 'He said "no", C:\\temp,\nthen {1,NULL} \t ☂ null'


def row(shop: WorldShop, id_: str, **values: Any) -> dict[str, Any]:
    return {"shop_id": shop.id, "id": id_, **values}


def names(world: World, shop: WorldShop) -> dict[str, str]:
    question = select(Order.id, Order.name).where(Order.shop_id == shop.id)
    return {row.id: row.name for row in world.reads(lambda session: session.execute(question).all())}


def test_rows_that_are_there_are_left_as_they_are(world: World, shop: WorldShop) -> None:
    world.writes(partial(insert_new, model=Order, rows=[row(shop, "1", name="first")]))
    world.writes(partial(insert_new, model=Order, rows=[row(shop, "2", name="new"), row(shop, "1", name="again")]))
    assert names(world, shop) == {"1": "first", "2": "new"}


def test_it_says_which_rows_are_fresh(world: World, shop: WorldShop) -> None:
    world.writes(partial(insert_new, model=Order, rows=[row(shop, "2")]))
    fresh = world.writes(partial(insert_fresh, model=Order, rows=[row(shop, id_) for id_ in ("3", "2", "1")]))
    assert fresh == {"1", "3"}


def test_an_upsert_sets_what_it_is_given_and_nothing_else(world: World, shop: WorldShop) -> None:
    world.writes(partial(insert_new, model=Order, rows=[row(shop, "1", name="kept", total_minor=1)]))
    world.writes(partial(upsert, model=Order, rows=[row(shop, "1", total_minor=5), row(shop, "2", total_minor=6)]))
    assert names(world, shop) == {"1": "kept", "2": ""}


def test_an_update_changes_the_rows_it_names_and_makes_none(world: World, shop: WorldShop) -> None:
    world.writes(partial(insert_new, model=Order, rows=[row(shop, "1", name="old"), row(shop, "2", name="other")]))
    world.writes(partial(update, model=Order, rows=[row(shop, "1", name="new"), row(shop, "3", name="nobody")]))
    assert names(world, shop) == {"1": "new", "2": "other"}


@pytest.mark.parametrize("count", [1, 9])
def test_a_key_that_is_there_is_an_error_where_every_row_is_new(world: World, shop: WorldShop, count: int) -> None:
    rows = [row(shop, str(number)) for number in range(count)]
    world.writes(partial(insert_all, model=Order, rows=rows))
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        world.writes(partial(insert_all, model=Order, rows=rows))
    assert len(names(world, shop)) == count


@pytest.mark.parametrize("write", [insert_new, insert_all])
@pytest.mark.parametrize("at", [START, START + timedelta(microseconds=1), None])
def test_texts_times_and_documents_come_back_as_they_went(
    world: World, shop: WorldShop, at: datetime | None, write: Callable[..., object]
) -> None:
    many = [row(shop, f"{AWKWARD} {number}", name="", placed_at=at, test=False) for number in range(9)]
    lines = [{"line_id": AWKWARD, "quantity": 1, "net_minor": -5}, {"beyond": 2**70}]
    refund = {
        "shop_id": shop.id,
        "order_id": AWKWARD,
        "id": "r",
        "occurred_at": at or START,
        "money_minor": 7,
        "lines": lines,
    }
    own = row(shop, AWKWARD, name=AWKWARD, placed_at=at, test=True)
    world.writes(partial(write, model=Order, rows=[own, *many]))
    world.writes(partial(write, model=Refund, rows=[refund, *(refund | {"id": f"r{number}"} for number in range(9))]))
    mine = select(Order.name, Order.placed_at, Order.test).where(Order.shop_id == shop.id, among(Order.id, "ids"))
    found = world.reads(lambda session: session.execute(mine, {"ids": as_ids([AWKWARD, "x"])}).one())
    assert tuple(found) == (AWKWARD, at, True)
    assert (
        world.reads(lambda session: session.scalars(select(Refund.lines).where(Refund.shop_id == shop.id)).all())
        == [lines] * 10
    )


def test_a_time_without_a_zone_is_refused(world: World, shop: WorldShop) -> None:
    naive = START.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a zone"):
        world.writes(partial(insert_new, model=Order, rows=[row(shop, "1", placed_at=naive)]))
