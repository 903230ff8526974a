"""Which step of the ladder. Pure."""

from collections.abc import Sequence

from regulars.program.rules import Tier


def step_for(qualifying_points: int, tiers: Sequence[Tier]) -> Tier | None:
    """The highest tier whose threshold is reached; tiers climb."""
    reached = [tier for tier in tiers if tier.at <= qualifying_points]
    return reached[-1] if reached else None


def next_step(qualifying_points: int, tiers: Sequence[Tier]) -> Tier | None:
    """The lowest tier that is not reached yet."""
    return next((tier for tier in tiers if tier.at > qualifying_points), None)
