"""The simulator: hundreds of lives of a shop in which everything fails that can, and in the end nothing is lost or twice.

`make test` runs 500 seeds of 300 steps on SQLite and 25 on PostgreSQL, `make faults` 20,000. CONTRIBUTING.md says how to
look at one.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.databases import PostgresDatabases
from tests.simulator.runs import MANY, SimulationFailed, live, shortest
from tests.simulator.world import House

DEEP = os.environ.get("SUITE_DEEP") == "1"
BLOCKS, BLOCK = (40, 500) if DEEP else (10, 50)
ON_POSTGRES = range(100_000, 100_000 + (250 if DEEP else 25))
KEPT = [
    int(line.split()[0])
    for line in (Path(__file__).parent / "seeds.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(36_000 if DEEP else 900)]
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize("seed", KEPT)
def test_what_was_found_once_stays_mended(house: House, database_kind: str, seed: int) -> None:
    _lives(house, seed)


@on_sqlite
@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_fails_nothing_is_lost_and_nothing_happens_twice(house: House, database_kind: str, block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        _lives(house, seed)


@on_sqlite
def test_a_seed_tells_the_same_story_twice(house: House, database_kind: str) -> None:
    assert live(house, 7).trace == live(house, 7).trace


@pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_the_same_on_postgresql(
    database_kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REGULARS_TEST_CLOCK", raising=False)
    databases: PostgresDatabases = request.getfixturevalue("_postgres_databases")
    for seed in ON_POSTGRES:
        url = databases.create()
        with House(url).open() as house:
            live(house, seed)
        databases.drop(url)


@on_sqlite
def test_the_seed_that_was_asked_for(house: House, database_kind: str, request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("seed")
    sim = live(house, seed, request.config.getoption("steps"))
    sys.stdout.write("\n".join(sim.trace) + "\n")


def _lives(house: House, seed: int) -> None:
    """A seed that fails is told with the shortest beginning of it that fails too."""
    try:
        live(house, seed)
    except SimulationFailed as failure:
        failure.add_note(f"{shortest(house, seed, MANY)} steps of it are enough: --steps says so many")
        raise
