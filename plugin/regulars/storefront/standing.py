"""What a customer has, is on the way to, and can get: their account and the program as the widget shows them. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from regulars.ledger.book import Book
from regulars.program.rules import Program
from regulars.tiers.ladder import next_step, step_for
from regulars.values import local_day

_MOMENT = timedelta(microseconds=1)


def offer(program: Program | None, currency: str) -> dict[str, Any]:
    """The program as everybody may see it: ways to earn, rewards, levels."""
    if program is None:
        return {"unit": "points", "earn": [], "rewards": [], "tiers": []}
    return {
        "unit": program.unit,
        "earn": _ways(program, currency),
        "rewards": [
            {"id": one.id, "name": one.name, "cost": one.cost, "kind": one.kind, "value": one.value}
            for one in program.rewards
        ],
        "tiers": [
            {"name": one.name, "at": one.at, "multiplier": decimal(one.multiplier), "perks": list(one.perks)}
            for one in program.tiers
        ],
    }


def _ways(program: Program, currency: str) -> list[dict[str, Any]]:
    ways: list[dict[str, Any]] = []
    if program.order:
        rate = decimal(program.order.points_per_unit)
        ways.append({"kind": "order", "points_per_unit": rate, "currency": currency})
    if program.review:
        ways.append({"kind": "review", "points": program.review.points})
    return ways


def points(book: Book, zone: ZoneInfo) -> dict[str, Any]:
    """The account's numbers, and which of its points arrive and end on which day of the shop."""
    released = [lot for lot in book.lots.values() if lot.released]
    waiting = [lot for lot in book.lots.values() if not lot.released]
    return {
        "available": book.available,
        "pending": book.pending,
        "reserved": book.reserved,
        "debt": book.debt,
        # A lot is good through the day before the moment it ends.
        "expiring": _by_day(((lot.expires_at and lot.expires_at - _MOMENT, lot.remaining) for lot in released), zone),
        "releasing": _by_day(((lot.release_at, lot.remaining) for lot in waiting), zone),
    }


def _by_day(parts: Iterable[tuple[datetime | None, int]], zone: ZoneInfo) -> list[dict[str, Any]]:
    days: Counter[str] = Counter()
    for at, amount in parts:
        if at and amount:
            days[local_day(at, zone).isoformat()] += amount
    return [{"points": amount, "on": day} for day, amount in sorted(days.items())]


def tier(book: Book, program: Program | None) -> dict[str, Any]:
    """The level that earned and released points give, and how far the next one is; a level has no end."""
    steps = program.tiers if program else ()
    reached = book.earned - book.pending
    here, ahead = step_for(reached, steps), next_step(reached, steps)
    progress = ahead and {"next": ahead.name, "missing": ahead.at - reached, "reached": max(0, reached), "at": ahead.at}
    return {
        "name": here.name if here else None,
        "until": None,
        "multiplier": decimal(here.multiplier) if here else "1",
        "progress": progress,
    }


def rewards(book: Book, program: Program | None) -> list[dict[str, Any]]:
    """What can be had, and how many points are missing; who owes pays that first."""
    spendable = book.available - book.debt
    return [
        {
            "id": one.id, "name": one.name, "cost": one.cost, "affordable": spendable >= one.cost,
            "missing": max(0, one.cost - spendable),
        }
        for one in (program.rewards if program else ())
    ]  # fmt: skip


def decimal(exact: Fraction) -> str:
    """An exact fraction as people write it: 5/4 is "1.25"."""
    return format((Decimal(exact.numerator) / Decimal(exact.denominator)).normalize(), "f")
