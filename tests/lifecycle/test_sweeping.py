"""The night goes over a shop in pieces: each is small, and what is interrupted goes on where it was."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from regulars import ledger, lifecycle, orders
from regulars.bulk import insert_new
from regulars.customers import Customer
from regulars.ledger import SealRow, proving
from regulars.lifecycle import StageChange, sweeping
from tests.world import START, World, WorldShop

OLD = START - timedelta(days=40)


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (sweeping, "_STAGES_AT_ONCE"),
        (sweeping, "_CUSTOMERS_AT_ONCE"),
        (proving, "_SEALED_AT_ONCE"),
    ):
        monkeypatch.setattr(module, name, 5)


def settles(world: World, shop: WorldShop, number: int) -> None:
    """So many people with one order each, of forty days ago."""
    people = [
        {"shop_id": shop.id, "id": f"c{one:03}", "stage": "acquire", "created_at": OLD, "stage_since": OLD}
        for one in range(number)
    ]
    bought = [
        {"shop_id": shop.id, "id": f"o{one}", "customer_id": f"c{one:03}", "placed_at": OLD, "standing": True}
        for one in range(number)
    ]

    def write(session: Session) -> None:
        insert_new(session, Customer, people)
        insert_new(session, orders.Order, bought)

    world.writes(write)


def pieces_of_the_night(world: World, shop: WorldShop) -> list[int]:
    """Sweep a piece in each transaction; how many statements each took."""
    counts: list[int] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counts[-1] += 0 if statement.startswith(("PRAGMA", "BEGIN")) else 1

    with world.app.app_context():
        engine = world.app.extensions["sqlalchemy"].engine
    event.listen(engine, "before_cursor_execute", count)
    piece: dict[str, Any] | None = {}
    while piece is not None:
        counts.append(0)
        piece = world.writes(partial(lifecycle.sweep, shop_id=shop.id, so_far=piece, now=START))
    event.remove(engine, "before_cursor_execute", count)
    return counts


def activities(world: World, shop: WorldShop) -> dict[str | None, int]:
    question = select(Customer.activity, func.count()).where(Customer.shop_id == shop.id).group_by(Customer.activity)
    return {row[0]: row[1] for row in world.reads(lambda session: session.execute(question).all())}


def test_everybody_is_looked_at_over_all_pieces(world: World, shop: WorldShop) -> None:
    settles(world, shop, 17)
    counts = pieces_of_the_night(world, shop)
    assert activities(world, shop) == {"active": 17}
    stages = select(func.count()).where(Customer.shop_id == shop.id, Customer.stage == "develop")
    assert world.reads(lambda session: session.scalar(stages)) == 17
    assert len(counts) == 3 * 4


def test_no_piece_asks_more_of_the_database_than_another(world: World, shop: WorldShop) -> None:
    settles(world, shop, 23)
    counts = pieces_of_the_night(world, shop)
    assert max(counts) <= 20, counts


def test_a_night_that_was_interrupted_goes_on(world: World, shop: WorldShop, monkeypatch: pytest.MonkeyPatch) -> None:
    settles(world, shop, 17)
    looked, written = [], sweeping._write_activity

    def stops_once(*arguments: Any) -> None:
        looked.append(1)
        if len(looked) == 2:
            raise ConnectionError("the database went away")
        written(*arguments)

    monkeypatch.setattr(sweeping, "_write_activity", stops_once)
    world.clock.passes(days=1)
    with pytest.raises(AssertionError, match="database went away"):
        world.ticks()
    assert activities(world, shop) == {"active": 5, None: 12}
    world.clock.passes(minutes=5)
    world.works()
    assert activities(world, shop) == {"active": 17}
    changes = select(func.count()).where(StageChange.shop_id == shop.id, StageChange.track == "activity")
    assert world.reads(lambda session: session.scalar(changes)) == 17


def test_a_shop_is_sealed_in_pieces_and_the_seal_fits(world: World, shop: WorldShop) -> None:
    for number in range(12):
        shop.customer_pays(f"somebody {number}", "10.00")
    world.clock.passes(hours=2)
    shop.customer_pays("Ada", "10.00")
    world.sleeps(days=1)
    sealed = world.reads(lambda session: session.scalars(select(SealRow).where(SealRow.shop_id == shop.id)).one())
    assert sealed.accounts == 13
    assert shop.is_clean()


def test_what_came_after_the_cut_is_not_sealed(world: World, shop: WorldShop) -> None:
    order = shop.customer_pays("Ada", "10.00")
    world.clock.passes(hours=2)
    shop.shop_refunds(order, (0, 1, "10.00"))
    shop.customer_pays("Bea", "10.00")
    world.writes(lambda session: ledger.seal(session, shop.id, {}, world.clock.moment))
    sealed = world.reads(lambda session: session.scalars(select(SealRow).where(SealRow.shop_id == shop.id)).one())
    assert sealed.accounts == 1
    assert shop.is_clean()


def test_a_seal_that_was_forged_is_found(world: World, shop: WorldShop) -> None:
    shop.customer_pays("Ada", "10.00")
    world.clock.passes(hours=2)
    world.writes(lambda session: ledger.seal(session, shop.id, {}, world.clock.moment))

    def forge(session: Session) -> None:
        session.scalars(select(SealRow).where(SealRow.shop_id == shop.id)).one().root = "0" * 64

    world.writes(forge)
    found = world.reads(lambda session: ledger.verify_shop(session, shop.id)[1])
    assert found is not None
    assert "does not fit" in found.what
