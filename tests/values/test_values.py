"""Money in and out, times, days."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from regulars.values import MAX_MINOR, Money, end_of_day, from_minor, iso, local_day, new_id, parse_time, to_minor

PRAGUE = ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.50", "EUR", 1250), (" 12.5 ", "EUR", 1250), (12.5, "EUR", 1250), (12, "EUR", 1200), ("-3.10", "EUR", -310),
        (Decimal("0.01"), "EUR", 1), (0.1 + 0.2, "EUR", 30), (1.005, "EUR", 101), ("12050", "JPY", 12050),
        (12050.0, "JPY", 12050), ("12.345", "KWD", 12345), ("1e3", "EUR", 100000), ("0", "EUR", 0), ("-0.00", "EUR", 0),
    ],
)  # fmt: skip
def test_amounts_become_minor_units(amount: Any, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("text", "minor"), [("0.005", 1), ("0.0049999999999999999999999999999999", 0), ("-0.005", -1), ("1e-999999999", 0)]
)
def test_more_digits_are_rounded_half_up_once(text: str, minor: int) -> None:
    assert to_minor(text, "EUR") == minor


@pytest.mark.parametrize(
    "amount",
    ["abc", "", "12,50", "1 000", "€5", None, True, False, "nan", float("nan"), "Infinity", float("inf"), "-inf",
     "sNaN", [], {}, b"12", 10**400, "1e400", "9" * 400, "1e999999999", "12.50.1"],
)  # fmt: skip
def test_what_is_no_believable_amount_is_refused(amount: Any) -> None:
    with pytest.raises(ValueError, match="amount of money"):
        to_minor(amount, "EUR")


@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_no_amount_is_beyond_what_every_reader_keeps_exactly(currency: str) -> None:
    largest = from_minor(MAX_MINOR, currency)
    assert to_minor(largest, currency) == MAX_MINOR
    with pytest.raises(ValueError, match="not a believable amount"):
        to_minor(Decimal(largest) + 1, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1250, "EUR", "12.50"),
        (-1, "EUR", "-0.01"),
        (12050, "JPY", "12050"),
        (12345, "KWD", "12.345"),
        (0, "EUR", "0.00"),
    ],
)
def test_minor_units_become_what_people_write(minor: int, currency: str, text: str) -> None:
    assert from_minor(minor, currency) == text
    assert str(Money(minor, currency)) == f"{text} {currency}"


def test_times_come_with_a_zone_and_become_utc() -> None:
    assert parse_time("2026-03-02T10:00:00+01:00") == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert iso(parse_time("2026-03-02T10:00:00Z")) == "2026-03-02T10:00:00Z"


@pytest.mark.parametrize(
    "text", [None, 5, "", "yesterday", "2026-03-02", "2026-03-02T10:00:00", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_time_is_refused_with_a_remedy(text: Any) -> None:
    with pytest.raises(ValueError, match=r"write it like|names no time zone|outside the calendar"):
        parse_time(text)


def test_a_day_ends_at_midnight_of_the_shop() -> None:
    assert end_of_day(date(2026, 1, 10), PRAGUE) == datetime(2026, 1, 10, 23, tzinfo=UTC)
    assert end_of_day(date(2026, 7, 10), PRAGUE) == datetime(2026, 7, 10, 22, tzinfo=UTC)


def test_a_late_evening_is_the_next_day_elsewhere() -> None:
    moment = datetime(2026, 1, 10, 23, 30, tzinfo=UTC)
    assert local_day(moment, PRAGUE) == date(2026, 1, 11)


def test_ids_are_random_and_short() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(one) for one in ids} == {26}
