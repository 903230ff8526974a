"""What runs periodically, as one table one can read, and the name of the period that a moment falls into. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

NIGHT_HOUR = 3  # in the shop's zone: after the day's last orders, before the first


@dataclass(frozen=True, slots=True)
class Periodic:
    """A kind of work that every shop gets once per period: `ten_minutes`, `hour` or `night`."""

    kind: str
    every: str


def period(every: str, now: datetime, zone: ZoneInfo) -> str:
    """The period that `now` falls into; work is written once per (kind, period), however many clocks tick.

    A night begins at three in the shop's zone and lasts until the next one, so a clock that was away catches up.
    """
    match every:
        case "ten_minutes":
            return now.strftime("%Y-%m-%dT%H:") + f"{now.minute // 10}0"
        case "hour":
            return now.strftime("%Y-%m-%dT%H")
        case "night":
            return (now.astimezone(zone) - timedelta(hours=NIGHT_HOUR)).date().isoformat()
        case unknown:
            raise ValueError(f"{unknown!r} is no period")
