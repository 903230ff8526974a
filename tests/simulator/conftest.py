"""`pytest tests/simulator --seed=1234` runs one seed and tells its whole story; `--steps=87` stops and heals it earlier."""

from collections.abc import Iterator

import pytest

from tests.simulator.runs import MANY
from tests.simulator.world import House


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("simulator")
    group.addoption("--seed", type=int, help="run this one seed of the simulator")
    group.addoption("--steps", type=int, default=MANY, help="so many of its steps, then healing")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A seed that was asked for runs alone; without one there is none to tell of."""
    one = config.getoption("seed", None) is not None
    mine = [item for item in items if "simulator" in item.path.parts]
    left_out = [item for item in mine if (item.name.split("[")[0] == "test_the_seed_that_was_asked_for") != one]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The app on SQLite in memory, which is as new for every seed."""
    monkeypatch.delenv("REGULARS_TEST_CLOCK", raising=False)
    with House().open() as opened:
        yield opened
