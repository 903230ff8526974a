"""Two kinds of work that the simulator brings along, because they ask more of the runner than the app's own do today.

`test.code` is a redemption: points are reserved, a code is made outside under a name fixed before, and only its certain
failure gives the points back. `test.bonus` has no key of its own: the fence alone keeps it from being given twice.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import ledger
from regulars.errors import UnknownOutcome
from regulars.ledger import Cause, EntryRow, Kind
from regulars.values import new_id
from regulars.work import Local, Sending, WorkRow

UNIT = "points"
BONUS_POINTS = 10
STANDARD_SECRET = "whsec_c2ltdWxhdGVkIHNlY3JldCBvZiB0aGUgcmV2aWV3cw=="


def _prepare(session: Session, row: WorkRow, _now: datetime) -> str | None:
    """The code's name, or None when this redemption has ended already."""
    redemption = (EntryRow.cause_type == "redemption") & (EntryRow.cause_id == row.payload["redemption"])
    kinds = set(session.scalars(select(EntryRow.kind).where(EntryRow.shop_id == row.shop_id, redemption)))
    return None if kinds & {Kind.REDEEM, Kind.VOID} else row.payload["redemption"]


def _record(session: Session, row: WorkRow, _code: str, now: datetime) -> None:
    who, redemption = row.payload["customer"], row.payload["redemption"]
    ledger.commit_points(session, row.shop_id, who, UNIT, redemption, now)


def _give_up(session: Session, row: WorkRow, error: Exception, now: datetime) -> None:
    """Only a certain no gives the points back."""
    if getattr(error, "permanent", False) and not isinstance(error, UnknownOutcome):
        ledger.void_points(session, row.shop_id, row.payload["customer"], UNIT, row.payload["redemption"], now)


def _nobody(_name: str) -> str:
    raise AssertionError("the simulation puts its own outside here")


def _give_bonus(session: Session, shop_id: int, rows: list[WorkRow], now: datetime) -> None:
    for row in rows:
        cause = Cause("bonus", row.payload["bonus"])
        ledger.adjust(session, shop_id, row.payload["customer"], UNIT, BONUS_POINTS, cause, new_id(), now)


CODES = Sending(_prepare, _nobody, _record, lookup=_nobody, give_up=_give_up)
BONUS = Local(_give_bonus)
