"""Tiers: the ladder, who stands where, and since when."""

from regulars.tiers.ladder import next_step, step_for
from regulars.tiers.models import TierChange
from regulars.tiers.service import Standings

__all__ = ["Standings", "TierChange", "next_step", "step_for"]
