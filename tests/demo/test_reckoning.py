"""The demo's second way of working points out: which multipliers the ladder allows, and when."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from regulars.demo.reckoning import _Earned, _points, _possible

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GOLD, ONE = Fraction(5, 4), Fraction(1)


def test_below_the_threshold_there_is_no_multiplier() -> None:
    assert _possible([_Earned(NOON, NOON, 1999, 1999)], NOON) == {ONE}


def test_from_the_threshold_on_there_is_one() -> None:
    assert _possible([_Earned(NOON, NOON, 2000, 2000)], NOON) == {GOLD}


def test_points_still_on_hold_do_not_count() -> None:
    assert _possible([_Earned(NOON + DAY, NOON + DAY, 2000, 2000)], NOON) == {ONE}


def test_a_refund_before_or_after_leaves_both_open() -> None:
    assert _possible([_Earned(NOON, NOON, 1500, 2100)], NOON) == {ONE, GOLD}


def test_the_multiplier_is_rounded_down_once() -> None:
    assert _points(1099, GOLD) == 13
