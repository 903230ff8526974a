"""What a failure leaves behind, and what goes on after it."""

import threading
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from regulars import runtime, work
from regulars.bulk import insert_new
from regulars.customers import CustomerPii
from regulars.db import unit_of_work
from regulars.work import Local, WorkRow, clockwork, service
from regulars.work.runner import drain
from tests.world import World, WorldShop


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"REGULARS_SWEEP_SECONDS": 0.01}


def hands_in(shop: WorldShop, handler: Local) -> None:
    runtime.of(shop.world.app).handlers["test.work"] = handler
    now = shop.world.clock.moment
    shop.world.writes(lambda session: work.add(session, [work.row(shop.id, "test.work", "1", {}, now)]))


def test_the_reason_we_keep_says_nothing_of_a_shopper(world: World, shop: WorldShop) -> None:
    def breaks(session: Session, shop_id: int, _rows: list[WorkRow], _now: Any) -> None:
        person = {"shop_id": shop_id, "customer_id": "c1", "email": "ada@example.com", "name": "Ada Lovelace"}
        insert_new(session, CustomerPii, [person])
        session.execute(CustomerPii.__table__.insert(), [person])  # type: ignore[attr-defined]

    hands_in(shop, Local(breaks))
    with world.app.app_context():
        drain()
    (reason,) = world.troubles()
    assert reason.startswith(IntegrityError.__name__)
    assert "ada" not in reason.lower()


def test_the_sweep_goes_on_after_it_found_no_free_connection(
    world: World, shop: WorldShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands_in(shop, Local(lambda *_: None))
    swept: list[int] = []
    again = threading.Event()

    def sweep(**_said: Any) -> None:
        swept.append(1)
        if len(swept) == 1:
            raise NoConnection("QueuePool limit reached")
        again.set()

    monkeypatch.setattr(clockwork, "sweep", sweep)
    stop = clockwork.start_sweeping(world.app, drains_itself=True)
    assert again.wait(10)
    stop.set()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_leases_are_renewed_and_let_go_by_what_is_open_alone(world: World, shop: WorldShop) -> None:
    """Rows that are done stay for good: no beat may look through them."""
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("UPDATE regulars_work"):
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(plan.fetchall()[0][3])

    with world.app.app_context():
        engine = world.app.extensions["sqlalchemy"].engine
        event.listen(engine, "before_cursor_execute", explain)
        unit_of_work(lambda session: service.renew(session, WorkRow, shop.id, "token"))
        unit_of_work(lambda session: service.let_go(session, WorkRow, shop.id, "token"))
        event.remove(engine, "before_cursor_execute", explain)
    assert len(plans) == 2
    assert all("ix_regulars_work_due" in plan for plan in plans), plans


def test_a_row_that_takes_its_workers_along_is_buried(world: World, shop: WorldShop) -> None:
    """Killed workers write nothing down: the count of claims alone must end it."""
    done: list[int] = []
    hands_in(shop, Local(lambda _session, _shop_id, rows, _now: done.extend(row.attempts for row in rows)))
    world.writes(lambda s: s.execute(update(WorkRow).where(WorkRow.shop_id == shop.id).values(attempts=8)))
    world.works()
    row = world.reads(lambda s: s.scalars(select(WorkRow).where(WorkRow.shop_id == shop.id)).one())
    assert (row.state, done) == ("dead", [])
    assert "never finished" in str(row.last_error)
