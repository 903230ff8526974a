"""docs/scale.md, step 4: the tables that grow, partitioned by shop with the very words of the page."""

import re
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from regulars import db, verifying
from tests.world import World

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_kind", ["postgres"], indirect=True),
]


def _partition(world: World) -> None:
    """What an operator does, while nothing of ours runs."""
    block = re.search(r"```sql\n(DO \$\$.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    with db.all_shops("verify"):
        world.writes(lambda session: session.connection().exec_driver_sql(block.group(1).replace("%", "%%")))


def test_a_partitioned_shop_goes_on_as_before(world: World) -> None:
    shop, other = world.shop(), world.shop("beta")
    order = shop.customer_pays("ada", "100.00")
    other.customer_pays("ada", "30.00")
    _partition(world)
    shop.shop_refunds(order, (0, 1, "100.00"))
    shop.customer_pays("ada", "50.00")
    shop.customer_pays("bea", "20.00")
    world.sleeps(days=15)
    assert (shop.points("ada"), shop.points("bea"), other.points("ada")) == (50, 20, 30)
    assert [verdict.wrong for verdict in world.reads(verifying.verify)] == [None, None]


def test_partitioned_entries_refuse_to_be_changed(world: World) -> None:
    shop = world.shop()
    shop.customer_pays("ada", "100.00")
    _partition(world)
    for statement in (
        "UPDATE regulars_entries SET amount = 1 WHERE shop_id > 0",
        "DELETE FROM regulars_entries WHERE shop_id > 0",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            world.writes(partial(_says, statement))


def _says(statement: str, session: Session) -> None:
    session.execute(text(statement))


def test_every_table_that_grows_has_the_shop_in_each_of_its_keys(world: World) -> None:
    named = set(re.findall(r"'(regulars_\w+)'", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 10
    for table in (table for table in db.Base.metadata.sorted_tables if table.name in named):
        keys = [key for key in table.constraints if isinstance(key, PrimaryKeyConstraint | UniqueConstraint)]
        assert all("shop_id" in key.columns for key in keys), table.name
