"""`pipeline.apply` costs the same number of statements for one order as for a hundred."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import Connection, event

from regulars import bulk, copying, pipeline, shops
from regulars.facts import CustomerRef, LineSeen, OrderSeen, PaymentStatus, RefundLine, RefundSeen
from tests.world import START, World, WorldShop

#: Reads, locks and writes of a batch of first orders of new customers: written down so that a new one is noticed.
#: About whom the batch itself has made, nothing is looked up.
#: PostgreSQL says itself which of the inserted rows are new; SQLite is asked first.
FIRST_ORDERS = {"postgresql": 21, "sqlite": 22}
#: The same orders refunded whole: points, tiers and stages move back.
REFUNDS = 30


def orders(numbers: range) -> list[OrderSeen]:
    """Orders of as many customers; every third one reaches a tier, every fourth one is worth nothing."""
    return [
        OrderSeen(
            f"o{number}", START, START, "EUR", PaymentStatus.PAID, 100_00,
            (LineSeen("1", 1, 1, 0 if number % 4 == 0 else 100_00 * (6 if number % 3 == 0 else 1), product_id=f"p{number % 7}"),),
            CustomerRef(id=f"c{number}", email=f"c{number}@example.com" if number % 2 else None),
            body_hash=str(number),
        )
        for number in numbers
    ]  # fmt: skip


def refunds(numbers: range) -> list[RefundSeen]:
    at = START + timedelta(days=1)
    return [RefundSeen(f"o{number}", f"r{number}", at, (RefundLine("1", 1, 600_00),), 600_00) for number in numbers]


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """What is said to the database: statements, and copies, which SQLAlchemy's events do not hear of."""
    told: list[str] = []

    def copy_in(connection: Connection, text: str, rows: Any) -> None:
        told.append(text[:70])
        copying.copy_in(connection, text, rows)

    def listener(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            told.append(" ".join(statement.split())[:70])

    engine = world.app.extensions["sqlalchemy"].engine
    event.listen(engine, "before_cursor_execute", listener)
    try:
        with mock.patch.object(bulk, "copy_in", copy_in):
            yield told
    finally:
        event.remove(engine, "before_cursor_execute", listener)


def applied(world: World, shop: WorldShop, facts: Any) -> list[str]:
    """The statements of one batch, without the one that finds the shop."""
    world.reads(lambda session: shops.get_shop(session, shop.id))
    with world.app.app_context(), counted(world) as told:
        world.writes(
            lambda session: pipeline.apply(session, shops.get_shop(session, shop.id), facts, world.clock.moment)
        )
    return told[1:]


@pytest.mark.parametrize("count", [1, 10, 100])
def test_the_number_of_statements_does_not_grow_with_the_orders(world: World, shop: WorldShop, count: int) -> None:
    first_orders = FIRST_ORDERS[world.reads(lambda session: session.get_bind().dialect.name)]
    applied(world, shop, orders(range(2000, 2000 + 1)))
    many = range(3, 3 + count)
    told = applied(world, shop, orders(many))
    assert len(told) == first_orders, told
    world.clock.passes(days=1)
    told = applied(world, shop, refunds(many))
    assert len(told) == REFUNDS, told
