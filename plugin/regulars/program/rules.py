"""A loyalty program as values: what it says, ready to decide with. Pure; `schemas.py` makes it from a document."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from regulars.values import end_of_day, local_day

#: What an order may leave out of the basis of its points.
EXCLUDABLE = ("shipping", "tax", "tip", "gift_card")


@dataclass(frozen=True, slots=True)
class OrderRule:
    """Points per 1.00 of eligible net in the shop's currency."""

    points_per_unit: Fraction
    exclude: frozenset[str]
    hold_days: int
    refund_basis: str  # lines | money


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Points for an approved review of a bought product, once per product."""

    points: int


@dataclass(frozen=True, slots=True)
class Expiry:
    """How points end: each lot some days after it becomes available, or never."""

    mode: str  # lots | never
    after_days: int | None

    def ends(self, available_at: datetime, zone: ZoneInfo) -> datetime | None:
        """The moment a lot ends that is available from `available_at`: valid through the end of that day in the shop."""
        if self.mode == "never" or self.after_days is None:
            return None
        return end_of_day(local_day(available_at, zone) + timedelta(days=self.after_days), zone)


@dataclass(frozen=True, slots=True)
class Reward:
    """Something points buy."""

    id: str
    name: str
    kind: str
    value: str | None
    cost: int


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of the ladder: from `at` earned points; `multiplier` on order points."""

    name: str
    at: int
    multiplier: Fraction
    perks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """One version of a shop's program."""

    version: int
    unit: str
    order: OrderRule | None
    review: ReviewRule | None
    expiry: Expiry
    write_off: bool  # what a clawback cannot take is written off instead of becoming a debt
    rewards: tuple[Reward, ...]
    tiers: tuple[Tier, ...]

    def multiplier_of(self, tier: str | None) -> Fraction:
        """What order points are multiplied with on this tier; 1 without one."""
        return next((step.multiplier for step in self.tiers if step.name == tier), Fraction(1))
