"""An import in several processes ends like one in a single one, and takes no more memory for a longer file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from regulars import ledger
from regulars.customers import Identity
from tests.webhooks.importing import Importing, order, written
from tests.world import World, WorldShop

#: Asks the kernel for the largest memory of the command that it runs, in kB.
_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=False, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def history(number: int) -> Iterator[dict[str, Any]]:
    """Orders of accounts and guests; every third one names its customer by the address alone."""
    for one in range(number):
        account = {"id": str(one % 40), "email": f"{one % 40}@example.com"}
        guest = {"email": f"Guest{one % 10}@example.com"}
        by_address = {"email": account["email"]}
        yield order(one, customer=(account, guest, by_address)[one % 3] if one % 17 else None)


def points_by_identity(world: World, shop: WorldShop) -> dict[tuple[str, str], int]:
    """The points of everybody whom an id or an address leads to; addresses are hashed per shop, so they are counted."""
    question = select(Identity.kind, Identity.value, Identity.customer_id).where(Identity.shop_id == shop.id)
    known = world.reads(lambda session: session.execute(question).all())
    balances = {
        row.customer_id: world.reads(
            lambda session, id_=row.customer_id: ledger.balance(session, shop.id, id_, "points")  # type: ignore[misc]
        ).available
        for row in known
    }
    return {(row.kind, row.value): balances[row.customer_id] for row in known}


@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
def test_two_processes_give_everybody_the_points_that_one_gives(world: World, tmp_path: Path) -> None:
    file = written(tmp_path / "orders.ndjson", history(600))
    ends = []
    for key, jobs in (("alpha", "1"), ("beta", "2")):
        shop = world.shop(key)
        code, told = Importing(world, shop, file, "--jobs", jobs).ends()
        assert (code, told["applied"]) == (0, 600), told
        assert shop.is_clean()
        points = points_by_identity(world, shop)
        by_id = {value: held for (kind, value), held in points.items() if kind == "external"}
        ends.append((by_id, sorted(held for (kind, _), held in points.items() if kind == "email")))
    assert ends[0] == ends[1]
    assert sum(ends[0][0].values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_memory_does_not_grow_with_the_file(world: World, shop: WorldShop, tmp_path: Path, form: str) -> None:
    """Every tenth record is bad, so that what is written about them is measured too."""
    few, many = (peak_kb(world, shop, long_file(tmp_path, form, number)) for number in (500, 40_000))
    assert many - few < 10_000, (few, many)


def long_file(folder: Path, form: str, number: int) -> Path:
    file = folder / f"{number}.{form}"
    if form == "ndjson":
        return written(file, (order(one, status="lost" if one % 10 == 0 else "paid") for one in range(number)))
    with file.open("w") as text:
        text.write("order_id,placed_at,currency,status,customer_id,quantity,net\n")
        for one in range(number):
            status = "lost" if one % 10 == 0 else "paid"
            text.write(f"A-{one},2026-01-02T10:00:00Z,EUR,{status},{one % 7},1,10.00\n")
    return file


def peak_kb(world: World, shop: WorldShop, file: Path) -> int:
    settings = {key: str(value) for key, value in world.app.config.items() if key.startswith("REGULARS_")}
    regulars = [
        sys.executable,
        "-c",
        "import sys; from regulars.standalone import main; sys.argv[0] = 'regulars'; main()",
    ]
    command = [*regulars, "import", shop.key, str(file), "--kind", "orders", "--dry-run", "--json"]
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command],
        env=os.environ | settings, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(measured.stdout)
