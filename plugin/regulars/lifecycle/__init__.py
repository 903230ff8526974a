"""The lifecycle: reach, acquire, develop, retain, advocate, and back; beside it how active a customer is."""

from regulars.lifecycle.models import StageChange
from regulars.lifecycle.service import Move, restate, restate_locked
from regulars.lifecycle.stages import ACQUIRE_DAYS, Decision, Evidence, Stage, decide
from regulars.lifecycle.sweeping import sweep

__all__ = [
    "ACQUIRE_DAYS",
    "Decision",
    "Evidence",
    "Move",
    "Stage",
    "StageChange",
    "decide",
    "restate",
    "restate_locked",
    "sweep",
]
