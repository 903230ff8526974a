"""Who gets which rows, and by which index they are found."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from regulars import work
from regulars.db import all_shops, reading, unit_of_work
from regulars.errors import LostLease
from regulars.work import WorkRow, service
from tests.world import World, WorldShop


def hands_in(shop: WorldShop, *keys: str, lane: str = "live", minutes: int = 0) -> None:
    now = shop.world.clock.moment
    run_at = now + timedelta(minutes=minutes)
    rows = [work.row(shop.id, "test.work", key, {"n": key}, now, run_at=run_at, lane=lane) for key in keys]
    shop.world.writes(lambda session: work.add(session, rows))


def claims(shop: WorldShop, token: str, limit: int = 10) -> list[str]:
    now = shop.world.clock.moment
    rows = shop.world.writes(lambda session: service.claim(session, WorkRow, shop.id, now, token, limit))
    return [row.payload["n"] for row in rows]


def test_live_rows_go_before_bulk_ones_that_waited_longer(shop: WorldShop) -> None:
    hands_in(shop, "old bulk", lane="bulk", minutes=-10)
    hands_in(shop, "live", minutes=-1)
    hands_in(shop, "older live", minutes=-2)
    hands_in(shop, "not yet", minutes=1)
    assert claims(shop, "one", limit=2) == ["older live", "live"]
    assert claims(shop, "another") == ["old bulk"]


def test_what_one_holds_nobody_else_gets_and_nobody_else_may_finish(shop: WorldShop, world: World) -> None:
    hands_in(shop, "only")
    assert claims(shop, "one") == ["only"]
    assert claims(shop, "another") == []
    ids = world.reads(lambda s: [*s.scalars(select(WorkRow.id).where(WorkRow.shop_id == shop.id))])
    with pytest.raises(LostLease):
        world.writes(lambda s: service.finish(s, WorkRow, shop.id, ids, "another", world.clock.moment))


def test_a_row_that_is_held_is_called_leased(shop: WorldShop, world: World) -> None:
    hands_in(shop, "held", "free")
    claims(shop, "one", limit=1)
    mine = select(WorkRow).where(WorkRow.shop_id == shop.id)
    assert len(world.reads(lambda s: s.scalars(mine.where(WorkRow.condition == "leased")).all())) == 1
    found = world.reads(lambda s: s.scalars(mine).all())
    assert sorted(row.condition for row in found) == ["leased", "ready"]


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
def test_a_lease_is_written_beside_its_row_and_no_index_hears_of_it(shop: WorldShop) -> None:
    """Decision 0015: what PostgreSQL calls a HOT update, for nearly every row of a full batch."""
    hands_in(shop, *map(str, range(100)))
    now = shop.world.clock.moment

    def claim(session: Session) -> int:
        assert len(service.claim(session, WorkRow, shop.id, now, "one", 100)) == 100
        told = "SELECT n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'regulars_work'"
        return int(session.connection().exec_driver_sql(f"{told} /* shop_id */").scalar_one())

    assert shop.world.writes(claim) >= 90


def test_every_shop_with_something_due_is_found(world: World) -> None:
    shops = [world.shop(key) for key in ("alpha", "beta", "gamma", "delta")]
    hands_in(shops[0], "1", "2")
    hands_in(shops[1], "tomorrow", minutes=1440)
    hands_in(shops[3], "1")
    claims(shops[0], "one", limit=1)
    with world.app.app_context(), all_shops("drain"), reading() as session:
        assert service.shops_with_due_rows(session, WorkRow, world.clock.moment) == [shops[0].id, shops[3].id]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_rows_are_finished_by_their_key(world: World, shop: WorldShop) -> None:
    """Thousands of rows lie in a shop: no batch may look through them."""
    hands_in(shop, "1", "2")
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("UPDATE regulars_work"):
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(plan.fetchall()[0][3])

    with world.app.app_context():
        engine = world.app.extensions["sqlalchemy"].engine
        now = world.clock.moment
        rows = unit_of_work(lambda session: service.claim(session, WorkRow, shop.id, now, "token", 10))
        event.listen(engine, "before_cursor_execute", explain)
        ids = [row.id for row in rows]
        unit_of_work(lambda session: service.finish(session, WorkRow, shop.id, ids, "token", now))
        event.remove(engine, "before_cursor_execute", explain)
    assert ["(shop_id=? AND id=?)" in plan for plan in plans] == [True]
