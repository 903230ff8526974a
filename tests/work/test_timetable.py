"""The period a moment falls into."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from regulars.work.timetable import period

PRAGUE = ZoneInfo("Europe/Prague")


def prague(text: str) -> str:
    """The night that a local time falls into."""
    return period("night", datetime.fromisoformat(text).replace(tzinfo=PRAGUE).astimezone(UTC), PRAGUE)


def test_a_night_begins_at_three_in_the_shops_zone() -> None:
    assert prague("2026-01-10T02:59:59") == "2026-01-09"
    assert prague("2026-01-10T03:00:00") == "2026-01-10"
    assert prague("2026-01-11T02:59:59") == "2026-01-10"


def test_the_same_moment_is_another_night_elsewhere() -> None:
    moment = datetime(2026, 1, 10, 5, tzinfo=UTC)
    nights = [period("night", moment, ZoneInfo(zone)) for zone in ("Asia/Tokyo", "Europe/Prague", "America/New_York")]
    assert nights == ["2026-01-10", "2026-01-10", "2026-01-09"]


@pytest.mark.parametrize("around", [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)])
def test_when_clocks_change_every_day_has_one_night_and_no_night_comes_back(around: datetime) -> None:
    minutes = [around + timedelta(minutes=minute) for minute in range(4 * 24 * 60)]
    nights = [period("night", moment, PRAGUE) for moment in minutes]
    assert nights == sorted(nights)
    assert len(set(nights)) == 5


def test_the_night_of_the_clocks_going_forward_begins_with_the_first_hour_after() -> None:
    """On 29 March 02:00 becomes 03:00: at 01:00 UTC."""
    assert period("night", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), PRAGUE) == "2026-03-28"
    assert period("night", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), PRAGUE) == "2026-03-29"


def test_ten_minutes_and_an_hour() -> None:
    moment = datetime(2026, 1, 10, 5, 39, 59, tzinfo=UTC)
    assert period("ten_minutes", moment, PRAGUE) == "2026-01-10T05:30"
    assert period("hour", moment, PRAGUE) == "2026-01-10T05"


def test_an_unknown_period_is_refused() -> None:
    with pytest.raises(ValueError, match="'weekly' is no period"):
        period("weekly", datetime(2026, 1, 10, tzinfo=UTC), PRAGUE)
