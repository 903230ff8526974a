"""Splitting to the last cent."""

from hypothesis import given
from hypothesis import strategies as st

from regulars_webhooks.shares import spread

_WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=20)


@given(st.integers(0, 10**12), _WEIGHTS)
def test_the_parts_add_up_to_the_total(total: int, weights: list[int]) -> None:
    assert sum(spread(total, weights)) == (total if any(weights) else 0)


@given(st.integers(0, 10**12), _WEIGHTS)
def test_no_part_is_a_cent_away_from_its_share(total: int, weights: list[int]) -> None:
    whole = sum(weights) or 1
    assert all(
        abs(part * whole - total * weight) < whole for part, weight in zip(spread(total, weights), weights, strict=True)
    )


def test_ties_go_to_the_first() -> None:
    assert spread(2, [1, 1, 1]) == [1, 1, 0]
