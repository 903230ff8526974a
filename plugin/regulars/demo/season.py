"""When people order coffee: evenings and mornings, before Christmas, less in summer, a little more each month."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from regulars.demo.shop import SHOP

_MONTHS = (0.95, 0.9, 0.95, 1.0, 1.0, 0.9, 0.75, 0.75, 1.0, 1.1, 1.35, 1.9)
_WEEKDAYS = (1.15, 1.05, 1.0, 1.0, 0.95, 0.85, 1.1)
_HOURS = (2, 1, 0, 0, 0, 1, 4, 8, 10, 9, 8, 7, 8, 7, 6, 6, 7, 8, 10, 13, 15, 14, 9, 5)


def order_times(rng: Random, orders: int, start: datetime, end: datetime) -> Iterator[datetime]:
    """Exactly `orders` times between `start` and `end` (aware), ascending, in UTC."""
    first, last = start.astimezone(SHOP.zone).date(), end.astimezone(SHOP.zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    sums = list(itertools.accumulate(_weight(day, n / len(days)) for n, day in enumerate(days)))
    given = 0
    for day, done in zip(days, sums, strict=True):
        share = orders if day == last else int(orders * done / sums[-1])
        yield from sorted(_moment(rng, day, start, end) for _ in range(share - given))
        given = share


def is_christmas(at: datetime) -> bool:
    """The weeks in which gifts are bought."""
    return (at.month == 12 and at.day <= 23) or (at.month == 11 and at.day >= 20)


def _weight(day: date, progress: float) -> float:
    weight = _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()] * (1 + 0.5 * progress)
    if day.month == 12 and day.day > 22:
        return weight * 0.35
    black_friday = day.month == 11 and day.weekday() == 4 and 23 <= day.day <= 29
    return weight * 2.2 if black_friday else weight


def _moment(rng: Random, day: date, start: datetime, end: datetime) -> datetime:
    hour = rng.choices(range(24), _HOURS)[0]
    clock = time(hour, rng.randrange(60), rng.randrange(60), tzinfo=SHOP.zone)
    at = datetime.combine(day, clock).astimezone(UTC)
    if start <= at < end:
        return at
    # The first and the last day are not whole: fold what falls outside into what there is of them.
    midnight = max(start, datetime.combine(day, time(tzinfo=SHOP.zone)).astimezone(UTC))
    seconds = max(1, int((end - midnight).total_seconds()))
    return midnight + timedelta(seconds=rng.randrange(min(seconds, 86_400)))
