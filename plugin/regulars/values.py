"""The small values that every room speaks: money, points, periods, times. Pure."""

import base64
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

#: Currencies whose minor unit is not a hundredth (ISO 4217, list one).
MINOR_DIGITS = dict.fromkeys(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)

#: One minor unit by its number of digits.
_SMALLEST = {digits: Decimal((0, (1,), -digits)) for digits in (0, 2, 3)}

#: The largest amount we believe: below 2**53 in any unit, so no reader downstream can lose digits.
MAX_MINOR = 10**15
#: So many digits before the point are still looked at; checked before any arithmetic, which an exponent could overflow.
MAX_DIGITS = 15
#: The largest single movement of points by hand or by rule.
MAX_POINTS = 10**12


def new_id() -> str:
    """A random public id of 128 bits, 26 symbols of lower-case base32: it tells nothing about when or how many."""
    return base64.b32encode(os.urandom(16)).decode("ascii").rstrip("=").lower()


def is_storable(text: str) -> bool:
    """Whether every database can keep a text: no NUL and no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= symbol <= "\udfff" for symbol in text)


def minor_digits(currency: str) -> int:
    """How many digits the minor unit of a currency has: EUR 2, JPY 0, KWD 3."""
    return MINOR_DIGITS.get(currency, 2)


def to_minor(amount: Any, currency: str) -> int:
    """An amount as text, int, Decimal or JSON float into integer minor units ("12.50", "EUR" → 1250).

    Floats go through their shortest text, so no binary fraction enters. More digits than the currency has are rounded
    half up, once. Raises ValueError for words, NaN, infinities and amounts beyond belief.
    """
    if isinstance(amount, bool) or amount is None:
        raise ValueError(f"{amount!r} is not an amount of money")
    try:
        exact = amount if type(amount) is Decimal else Decimal(str(amount).strip())
    except InvalidOperation as error:
        raise ValueError(f"{amount!r} is not an amount of money") from error
    if not exact.is_finite() or exact.adjusted() > MAX_DIGITS:
        raise ValueError(f"{amount!r} is not a believable amount of money")
    digits = minor_digits(currency)
    scaled = exact.quantize(_SMALLEST[digits], rounding=ROUND_HALF_UP).scaleb(digits)
    if abs(scaled) > MAX_MINOR:
        raise ValueError(f"{amount!r} is not a believable amount of money")
    return int(scaled)


def from_minor(minor: int, currency: str) -> str:
    """Minor units as the exact decimal text people write: 1250, "EUR" → "12.50"; 12050, "JPY" → "12050"."""
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in integer minor units with its ISO 4217 currency."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return f"{from_minor(self.minor, self.currency)} {self.currency}"


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time: from `start` up to, not including, `end`."""

    start: datetime
    end: datetime


def parse_time(text: Any) -> datetime:
    """An ISO 8601 time with an offset into UTC. Raises ValueError when it is no time or names no zone."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is not a time; write it like 2026-11-23T10:00:00Z")
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time; write it like 2026-11-23T10:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone; end it with Z or an offset like +01:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} lies outside the calendar") from error


@lru_cache(maxsize=4096)  # a batch says the same few times again and again
def iso(moment: datetime) -> str:
    """A UTC time as ISO 8601 with a Z and microseconds only where there are some."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def iso_or_none(moment: datetime | None) -> str | None:
    """As `iso`; None where there is no such time."""
    return iso(moment) if moment else None


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after `day` in the shop's zone, in UTC: what is valid through a day ends here."""
    return datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day that a moment falls on in the shop's zone."""
    return moment.astimezone(zone).date()
