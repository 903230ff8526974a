"""What every template of ours can say: money, points and times in the shop's way, links, and what the member may.

They are handed to our own templates only; the host's Jinja environment gets no filter and no global of ours.
"""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal
from flask import Blueprint, g, request, url_for
from markupsafe import Markup
from sqlalchemy import select

from regulars import clock
from regulars.db import all_shops, reading
from regulars.ledger import EntryRow, explain
from regulars.shops import Shop
from regulars.values import from_minor, iso
from regulars_admin import cookies, words
from regulars_admin.access import Member
from regulars_admin.hosting import hosting

_LOCALE = "en_GB"
_UTC = ZoneInfo("UTC")
_STATIC = Path(__file__).with_name("static")


def dress(pages: Blueprint) -> None:
    """Give the templates of our pages their words."""
    pages.context_processor(_words)


def _words() -> dict[str, Any]:
    who: Member | None = g.get("regulars_member")
    return {
        "member": who,
        "shop": g.get("regulars_shop"),
        "shops": shops_of(who) if who else [],
        "can": who.may if who else lambda _permission: False,
        "csrf_token": cookies.form_token(who.id) if who else "",
        "own_login": hosting().current_staff is None,
        "room": (request.endpoint or "").removeprefix("regulars_admin.").partition(".")[0],
        "now": clock.now(),
        "money": money, "points": points, "moment": moment, "day": day, "count": count, "sentence_case": sentence_case,
        "static_url": static_url, "because": words.because, "signed": signed, "why": why,
        "why_nothing": lambda order: words.why_nothing(test=order.test, cancelled=order.cancelled, payment=order.payment),
    }  # fmt: skip


def shops_of(who: Member) -> list[Shop]:
    """The shops that a member sees, by name."""
    with all_shops("staff"), reading() as session:
        return [shop for shop in session.scalars(select(Shop).order_by(Shop.name)) if who.sees(shop.id)]


def money(minor: int, currency: str) -> str:
    """An amount as people write it: 1250, "EUR" → €12.50."""
    if not currency:
        return from_minor(minor, "EUR")
    return str(format_currency(from_minor(minor, currency), currency, locale=_LOCALE))


def count(number: int) -> str:
    """A number with its thousands apart."""
    return str(format_decimal(number, locale=_LOCALE))


def points(number: int, unit: str = "points") -> str:
    """So many points, with the right form of a plain English unit: 1 → "1 point"."""
    word = unit[:-1] if abs(number) == 1 and unit.endswith("s") else unit
    return f"{count(number)} {word}"


def moment(at: datetime | None) -> Markup:
    """A time in the shop's zone; how long ago it was shows on hovering."""
    if at is None:
        return Markup("–")
    ago = format_timedelta(at - clock.now(), add_direction=True, locale=_LOCALE)
    text = format_datetime(at.astimezone(_zone()), "d MMM y, HH:mm", locale=_LOCALE)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso(at), ago, text)


def day(at: datetime | None) -> Markup:
    """The day of a time in the shop's zone."""
    if at is None:
        return Markup("–")
    text = format_date(at.astimezone(_zone()).date(), "d MMM y", locale=_LOCALE)
    return Markup('<time datetime="{}">{}</time>').format(iso(at), text)


def signed(entry: EntryRow) -> str:
    """What an entry did to what the customer has: +120, −40, or (120) where points only changed their state."""
    change = explain.effect(entry.debit, entry.credit, entry.amount)
    return words.signed(change) if change else f"({count(entry.amount)})"


def why(entry: EntryRow, order_name: str | None = None) -> str:
    """Why an entry moved points, in a sentence."""
    change = explain.effect(entry.debit, entry.credit, entry.amount) or entry.amount
    return explain.sentence(entry.kind, entry.cause_type, entry.cause_id, entry.explanation, change, "en", order_name)


def sentence_case(code: str) -> str:
    """A code as words: at_risk → At risk."""
    return code.replace("_", " ").replace(".", " ").strip().capitalize()


def static_url(name: str) -> str:
    """The address of a file of ours; it changes when the file does, so browsers may keep it."""
    return url_for("regulars_admin.static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def _zone() -> ZoneInfo:
    shop: Shop | None = g.get("regulars_shop")
    return ZoneInfo(shop.timezone) if shop else _UTC
