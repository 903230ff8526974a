"""The demo shop: who it is, what an event of it looks like, and how its platform numbers things."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

Body = dict[str, Any]
Source = Literal["shopify", "standard"]

HISTORY_DAYS = 730
# The live part of the demo plays in the last quarter of an hour, so history stops just before it.
LIVE_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class ShopFacts:
    """What never changes about the shop."""

    key: str
    name: str
    domain: str
    currency: str
    timezone: str
    country_code: str
    shop_id: int

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)


SHOP = ShopFacts(
    key="kavarna-morava",
    name="Kavárna Morava",
    domain="kavarna-morava.myshopify.com",
    currency="EUR",
    timezone="Europe/Prague",
    country_code="CZ",
    shop_id=68_214_037_771,
)
_ZONE = SHOP.zone


@dataclass(frozen=True)
class DemoEvent:
    """One thing that happened: when (UTC), who tells it, under which topic, with which body."""

    at: datetime
    source: Source
    topic: str
    body: Body


def history_start(now: datetime) -> datetime:
    """The first moment of the shop's history, two years before `now`: local midnight, in UTC."""
    day = now.astimezone(_ZONE).date() - timedelta(days=HISTORY_DAYS)
    return datetime(day.year, day.month, day.day, tzinfo=_ZONE).astimezone(UTC)


def history_end(now: datetime) -> datetime:
    """The last moment of the shop's history; what comes after it is the live part."""
    return now.astimezone(UTC) - LIVE_WINDOW


def local_iso(at: datetime) -> str:
    """The time as the platform writes it: the shop's zone, whole seconds."""
    return at.astimezone(_ZONE).isoformat(timespec="seconds")


def utc_iso(at: datetime) -> str:
    """The time as the standard JSON writes it: UTC, whole seconds, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_FIRST_IDS = {
    "customer": 7_204_118_000_000,
    "address": 8_601_337_000_000,
    "order": 5_618_240_000_000,
    "line": 6_402_775_000_000,
    "shipping_line": 4_703_611_000_000,
    "refund": 3_904_428_000_000,
    "refund_line": 3_307_190_000_000,
    "refund_shipping": 2_811_054_000_000,
    "adjustment": 2_505_872_000_000,
    "transaction": 6_930_416_000_000,
    "fulfillment": 5_101_689_000_000,
    "review": 1_290_563_000_000,
}
_ID_STEP = 32_767
_LIVE_OFFSET = 300_000_000_000


class Ids:
    """Hands out 13-digit ids, growing per kind; the live part counts in a range of its own."""

    def __init__(self, live: bool = False) -> None:
        self._given: Counter[str] = Counter()
        self._offset = _LIVE_OFFSET if live else 0
        self._first_number = 90_001 if live else 1_001

    def next(self, kind: str) -> int:
        """The next id of a kind such as `order` or `line`."""
        self._given[kind] += 1
        return _FIRST_IDS[kind] + self._offset + self._given[kind] * _ID_STEP

    def order_number(self) -> int:
        """The next number a shopper sees, as in `#1001`."""
        self._given["number"] += 1
        return self._first_number + self._given["number"] - 1


def gid(kind: str, number: int) -> str:
    """The platform's global id."""
    return f"gid://shopify/{kind}/{number}"
