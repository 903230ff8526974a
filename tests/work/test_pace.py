"""How large a batch is."""

import pytest

from regulars.work.pace import next_batch


@pytest.mark.parametrize(
    ("limit", "seconds", "following"),
    [
        (100, 0.01, 200),
        (800, 0.01, 1000),
        (1000, 0.01, 1000),
        (400, 0.2, 400),
        (400, 0.4, 200),
        (60, 9.0, 50),
        (1, 9.0, 1),
    ],
)
def test_quick_batches_grow_and_slow_ones_shrink(limit: int, seconds: float, following: int) -> None:
    assert next_batch(limit, seconds, 1000) == following
