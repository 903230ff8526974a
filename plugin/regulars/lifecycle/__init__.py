"""The lifecycle: reach, acquire, develop, retain, advocate, and back; beside it how active a customer is."""

from regulars.lifecycle.models import StageChange
from regulars.lifecycle.service import restate, restate_locked, sweep
from regulars.lifecycle.stages import ACQUIRE_DAYS, Decision, Evidence, Stage, decide

__all__ = [
    "ACQUIRE_DAYS",
    "Decision",
    "Evidence",
    "Stage",
    "StageChange",
    "decide",
    "restate",
    "restate_locked",
    "sweep",
]
