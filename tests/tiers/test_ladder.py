"""Which step of the ladder."""

import pytest

from regulars.program.schemas import to_program
from regulars.tiers import next_step, step_for
from tests.program.test_schemas import WHOLE

TIERS = to_program(WHOLE, 1).tiers


@pytest.mark.parametrize(
    ("points", "stands", "next_one"),
    [
        (-5, None, "Silver"),
        (0, None, "Silver"),
        (499, None, "Silver"),
        (500, "Silver", "Gold"),
        (1999, "Silver", "Gold"),
        (2000, "Gold", None),
    ],
)
def test_a_step_is_reached_at_its_threshold(points: int, stands: str | None, next_one: str | None) -> None:
    step, following = step_for(points, TIERS), next_step(points, TIERS)
    assert (step and step.name, following and following.name) == (stands, next_one)


def test_without_tiers_nobody_stands_anywhere() -> None:
    assert step_for(1000, ()) is None
    assert next_step(1000, ()) is None
