"""The ledger is a record: any moment can be rebuilt, and nothing in it can be changed."""

import random
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError

from regulars import ledger
from regulars.errors import NotEnoughPoints
from regulars.ledger import Cause
from regulars.values import parse_time
from tests.world import World, WorldShop

Numbers = tuple[int, int, int, int]
_SIDES = ("available", "pending", "reserved", "debt")


def lives(shop: WorldShop, customer_id: str, operations: int) -> list[tuple[Any, Numbers]]:
    """Random verbs on one account; after each, when it was and where the account stood."""
    dice, world, seen = random.Random(31), shop.world, []
    held: list[str] = []
    for number in range(operations):
        world.clock.passes(minutes=dice.randint(1, 600))
        now = world.clock.moment

        def verb(session: Any, number: int = number, now: Any = now) -> None:
            match dice.randint(0, 3):
                case 0 | 1:
                    points = dice.choice([5, 10, 100, -7, -60])
                    ledger.adjust(
                        session, shop.id, customer_id, "points", points, Cause("agent", f"{number}"), f"{number}", now
                    )
                case 2:
                    ledger.reserve_points(
                        session, shop.id, customer_id, "points", dice.randint(1, 50), f"r{number}", now
                    )
                    held.append(f"r{number}")
                case _ if held:
                    resolve = dice.choice([ledger.commit_points, ledger.void_points])
                    resolve(session, shop.id, customer_id, "points", held.pop(), now)

        try:
            world.writes(verb)
        except NotEnoughPoints:
            continue
        balance = world.reads(lambda session: ledger.balance(session, shop.id, customer_id, "points"))
        seen.append((now, (balance.available, balance.pending, balance.reserved, balance.debt)))
    return seen


@pytest.mark.slow
def test_c031_the_balance_of_any_moment_can_be_rebuilt(alpha: WorldShop, world: World) -> None:
    alpha.customer_pays("ada", "500.00")
    customer_id = alpha.id_of("ada")
    seen = lives(alpha, customer_id, 2_000)
    entries = world.reads(lambda session: list(ledger.export(session, alpha.id)))
    numbers, rebuilt = dict.fromkeys(_SIDES, 0), {}
    for row in entries:
        for account, sign in ((row["debit"], -1), (row["credit"], 1)):
            if account in numbers:
                numbers[account] += sign * row["amount"]
        rebuilt[row["version"]] = (numbers["available"], numbers["pending"], numbers["reserved"], -numbers["debt"])
    assert list(rebuilt) == list(range(1, len(entries) + 1))

    def asked(session: Any) -> None:
        for version, told in rebuilt.items():
            balance = ledger.balance(session, alpha.id, customer_id, "points", version=version)
            assert (balance.available, balance.pending, balance.reserved, balance.debt) == told
        for at, told in random.Random(7).sample(seen, 100):
            balance = ledger.balance(session, alpha.id, customer_id, "points", at=at)
            assert (balance.available, balance.pending, balance.reserved, balance.debt) == told

    world.reads(asked)
    assert [parse_time(row["posted_at"]) for row in entries] == sorted(parse_time(row["posted_at"]) for row in entries)
    assert alpha.is_clean()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE regulars_entries SET amount = amount + 1",
        "UPDATE regulars_entries SET explanation = '{}' WHERE version = 1",
        "DELETE FROM regulars_entries",
        "DELETE FROM regulars_entries WHERE version = 1",
    ],
)
def test_c032_the_database_refuses_to_change_entries(alpha: WorldShop, o1: dict[str, Any], statement: str) -> None:
    alpha.delivers("orders/paid", o1)
    engine = raw_engine(alpha.world)
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert [entry.amount for entry in alpha.entries("ada")] == [110]


def test_c032_who_may_write_past_the_refusal_is_found(alpha: WorldShop, o1: dict[str, Any]) -> None:
    alpha.delivers("orders/paid", o1)
    alpha.customer_pays("ada", "10.00")
    off = {
        "sqlite": ["DROP TRIGGER regulars_entries_no_update"],
        "postgresql": ["ALTER TABLE regulars_entries DISABLE TRIGGER USER"],
    }
    engine = raw_engine(alpha.world)
    with engine.begin() as connection:
        for statement in off[engine.dialect.name]:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("UPDATE regulars_entries SET amount = 1000 WHERE version = 1")
    _, found = alpha.world.reads(lambda session: ledger.verify_shop(session, alpha.id))
    assert found is not None
    assert (found.customer_id, found.version) == (alpha.id_of("ada"), 1)
    assert found.what == "its hash does not fit its contents: it was changed"


def raw_engine(world: World) -> Any:
    """The app's own login, past everything we wrote."""
    with world.app.app_context():
        return create_engine(world.app.extensions["sqlalchemy"].engine.url)
