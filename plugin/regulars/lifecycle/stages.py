"""Where a customer stands in the lifecycle, and why. Pure.

reach: known, no standing paid order · acquire: one standing order, younger than D days · develop: one, older ·
retain: two or more · advocate: retain and a paid referral, a promoter's answer or public praise, with no problem open.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: How long the first order is new.
ACQUIRE_DAYS = 30


class Stage(StrEnum):
    """The stages, from first contact to recommending the shop; the loop may run for ever."""

    REACH = "reach"
    ACQUIRE = "acquire"
    DEVELOP = "develop"
    RETAIN = "retain"
    ADVOCATE = "advocate"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the stage is decided from."""

    standing_orders: int
    first_order_at: datetime | None
    last_order_at: datetime | None
    public_praise: bool = False
    open_problem: bool = False
    second_order_at: datetime | None = None  # asked only where it is not the last one


@dataclass(frozen=True, slots=True)
class Decision:
    """The stage, the code of the reason, and since when it holds."""

    stage: Stage
    why: str
    since: datetime


def decide(evidence: Evidence, now: datetime, acquire_days: int = ACQUIRE_DAYS) -> Decision:
    """The stage that the evidence gives at `now`."""
    first, last = evidence.first_order_at, evidence.last_order_at
    if not evidence.standing_orders or first is None or last is None:
        return Decision(Stage.REACH, "no_standing_order", now)
    if evidence.standing_orders == 1:
        grown = first + timedelta(days=acquire_days)
        if now < grown:
            return Decision(Stage.ACQUIRE, "first_order", first)
        return Decision(Stage.DEVELOP, "first_order_grew_old", grown)
    if evidence.public_praise and not evidence.open_problem:
        return Decision(Stage.ADVOCATE, "public_praise", now)
    if evidence.public_praise:
        return Decision(Stage.RETAIN, "open_problem", now)
    return Decision(Stage.RETAIN, "ordered_again", evidence.second_order_at or last)
