"""Active, at risk or lapsed: by the customer's own gaps between orders, shrunk to the shop's. Pure.

Log-gaps; the customer's mean is shrunk to the shop's: mu = (n m + kappa mu0) / (n + kappa), kappa = within / between
variance; survival = 1 - Phi((ln elapsed - mu) / sd), sd² = within (1 + 1 / (n + kappa)). Active from 0.20, at risk from
0.05, lapsed below. "Lapsed" customers still return: the word says late, never lost.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import NormalDist

_ACTIVE_FROM = 0.20
_AT_RISK_FROM = 0.05
_SECONDS_A_DAY = 86_400
#: What is assumed until a shop has enough repeat customers of its own: a median gap of 60 days, widely spread.
_FALLBACK = (math.log(60.0), 1.0, 0.7)
_FEWEST_GAPS = 30


class Activity(StrEnum):
    """How likely an order is still to come, by the customer's own rhythm."""

    ACTIVE = "active"
    AT_RISK = "at_risk"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A shop's gaps: mean of the log-gaps in ln(days), their variance within and between customers."""

    mean: float
    within: float
    between: float


def gaps_days(times: Sequence[float]) -> list[float]:
    """The gaps in days between sorted order times in seconds; orders of the same day are one."""
    days = [time / _SECONDS_A_DAY for time in times]
    return [later - earlier for earlier, later in pairwise(days) if later - earlier >= 1]


@dataclass(slots=True)
class Tally:
    """What a shop's rhythm is worked out from, added up customer by customer: ln(days), their squares, and how many."""

    gaps: int = 0
    total: float = 0.0
    squares: float = 0.0
    repeaters: int = 0  # customers with two gaps or more
    freedom: int = 0
    within: float = 0.0  # squares around each repeater's own mean

    def add(self, gaps: Sequence[float]) -> None:
        """Take the gaps of one customer."""
        logs = [math.log(gap) for gap in gaps]
        count, total, squares = len(logs), sum(logs), sum(value * value for value in logs)
        self.gaps += count
        self.total += total
        self.squares += squares
        if count > 1:
            self.repeaters += 1
            self.freedom += count - 1
            self.within += sum((value - total / count) ** 2 for value in logs)

    def rhythm(self) -> Rhythm:
        """The shop's rhythm; a wide default while there are too few gaps to tell."""
        if self.gaps < _FEWEST_GAPS or self.repeaters < 2:
            return Rhythm(*_FALLBACK)
        mean = self.total / self.gaps
        within = self.within / self.freedom
        whole = (self.squares - self.total * mean) / (self.gaps - 1)
        return Rhythm(mean, max(within, 0.05), max(whole - within, 0.05))


def rhythm_of(shop: Iterable[Sequence[float]]) -> Rhythm:
    """The shop's rhythm from every customer's gaps in days."""
    tally = Tally()
    for gaps in shop:
        tally.add(gaps)
    return tally.rhythm()


def survival(gaps: Sequence[float], elapsed_days: float, rhythm: Rhythm) -> float:
    """The chance that this customer's next order simply has not come yet, after `elapsed_days` without one."""
    kappa = rhythm.within / rhythm.between
    count = len(gaps)
    own = sum(math.log(gap) for gap in gaps) / count if count else 0.0
    mean = (count * own + kappa * rhythm.mean) / (count + kappa)
    spread = math.sqrt(rhythm.within * (1 + 1 / (count + kappa)))
    return 1 - NormalDist().cdf((math.log(max(elapsed_days, 1 / 24)) - mean) / spread)


def activity(chance: float) -> Activity:
    """The word for a survival chance."""
    if chance >= _ACTIVE_FROM:
        return Activity.ACTIVE
    return Activity.AT_RISK if chance >= _AT_RISK_FROM else Activity.LAPSED
