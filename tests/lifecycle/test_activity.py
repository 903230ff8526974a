"""Active, at risk, lapsed: the formula against numbers worked out by hand."""

import math

import pytest

from regulars.lifecycle.activity import Activity, Rhythm, activity, gaps_days, rhythm_of, survival

DAY = 86_400.0
MONTHLY = Rhythm(math.log(30), within=0.5, between=0.5)


def test_gaps_are_in_days_and_orders_of_one_day_are_one() -> None:
    assert gaps_days([0, DAY / 2, 10 * DAY, 40 * DAY]) == [9.5, 30]
    assert gaps_days([0]) == []


def test_without_gaps_of_their_own_the_shops_rhythm_decides() -> None:
    """kappa 1, mean ln 30, variance 0.5 × 2 = 1: after 30 days the chance is one half, after 30e it is 1 − Φ(1)."""
    assert survival([], 30, MONTHLY) == pytest.approx(0.5)
    assert survival([], 30 * math.e, MONTHLY) == pytest.approx(0.158655, abs=1e-6)


def test_own_gaps_pull_the_mean_towards_them() -> None:
    """Two gaps of 10 days: mean (2 ln 10 + ln 30) / 3 = 2.66878, variance 0.5 × 4/3, after 30 days z = 0.89699."""
    assert survival([10, 10], 30, MONTHLY) == pytest.approx(0.18486, abs=1e-5)


def test_the_chance_falls_with_every_day() -> None:
    chances = [survival([10, 20], days, MONTHLY) for days in range(400)]
    assert chances == sorted(chances, reverse=True)


def test_a_slower_rhythm_gives_more_time() -> None:
    assert survival([60, 60], 50, MONTHLY) > survival([30, 30], 50, MONTHLY) > survival([7, 7], 50, MONTHLY)


def test_the_more_gaps_the_less_the_shop_matters() -> None:
    own = [abs(survival([10] * count, 10, MONTHLY) - 0.5) for count in (1, 2, 5, 50)]
    assert own == sorted(own, reverse=True)


@pytest.mark.parametrize(
    ("chance", "word"),
    [
        (1.0, Activity.ACTIVE),
        (0.2, Activity.ACTIVE),
        (0.1999, Activity.AT_RISK),
        (0.05, Activity.AT_RISK),
        (0.0499, Activity.LAPSED),
    ],
)
def test_a_chance_has_a_word(chance: float, word: Activity) -> None:
    assert activity(chance) is word


def test_a_shop_with_few_repeaters_has_the_wide_default() -> None:
    assert rhythm_of([[10.0, 20.0]] * 14) == Rhythm(math.log(60), 1.0, 0.7)
    assert rhythm_of([]) == Rhythm(math.log(60), 1.0, 0.7)


def test_a_shops_rhythm_is_its_mean_and_its_two_variances() -> None:
    """Ten customers with gaps e, e, e² and ten with e³, e³, e⁴: within 1/3 each, total variance 2.81356."""
    fast, slow = [math.e, math.e, math.e**2], [math.e**3, math.e**3, math.e**4]
    rhythm = rhythm_of([fast, slow] * 10)
    assert rhythm.mean == pytest.approx(7 / 3)
    assert rhythm.within == pytest.approx(1 / 3)
    assert rhythm.between == pytest.approx(60 / 59 * (1 + 2 / 9) - 1 / 3)


def test_a_shop_of_clockwork_keeps_some_spread() -> None:
    rhythm = rhythm_of([[30.0, 30.0, 30.0]] * 20)
    assert (rhythm.within, rhythm.between) == (0.05, 0.05)
