"""The widget's answer by the ORM and marshmallow: the same kind of body as ours, with an ETag."""

import hashlib
import os
from datetime import UTC, date, datetime
from typing import Any

import jwt
from flask import Response, abort, request
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bench.yardstick.models import Account, Customer, Entry, Lot, Order, db
from bench.yardstick.shown import ME

_HISTORY = 60
_ORDERS = 10
_REWARDS = [("five-off", "5 € off", 500), ("ten-off", "10 € off", 900)]
_TIERS = [("Silver", 500, "1"), ("Gold", 2000, "1.25")]


def me() -> Response:
    """Everything the widget shows to its shopper; 401 without a good token."""
    session = db.session()
    session.connection(execution_options={"only_reads": True})
    customer = session.scalar(select(Customer).where(Customer.external_id == _shopper()))
    if customer is None:
        abort(401)
    answer = Response(ME.dumps(_document(session, customer)), mimetype="application/json")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32])
    return answer.make_conditional(request)  # type: ignore[return-value]


def _shopper() -> str:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, os.environ["YARDSTICK_SECRET"], ["HS256"], audience="widget")
    except jwt.InvalidTokenError:
        abort(401)
    return str(claims["sub"])


def _document(session: Session, customer: Customer) -> dict[str, Any]:
    account = session.get_one(Account, customer.id)
    lots = list(
        session.scalars(select(Lot).where(Lot.customer_id == customer.id, Lot.remaining > 0).order_by(Lot.expires_at))
    )
    mine = select(Entry).where(Entry.customer_id == customer.id).order_by(Entry.id.desc()).limit(_HISTORY)
    recent = select(Order).where(Order.customer_id == customer.id).order_by(Order.placed_at.desc()).limit(_ORDERS)
    orders = list(session.scalars(recent.options(selectinload(Order.lines))))
    entries = list(session.scalars(mine))
    named = {one.order_id for one in entries if one.order_id}
    names = {row.id: row.name for row in session.execute(select(Order.id, Order.name).where(Order.id.in_(named)))}
    spendable = account.available
    return {
        "customer": {"name": customer.name},
        "points": {
            "available": account.available, "pending": account.pending, "reserved": account.reserved,
            "expiring": _by_day((lot.expires_at, lot.remaining) for lot in lots if lot.released),
            "releasing": _by_day((lot.release_at, lot.remaining) for lot in lots if not lot.released),
        },
        "tier": _tier(account.earned - account.pending),
        "rewards": [
            {"id": id_, "name": name, "cost": cost, "affordable": spendable >= cost, "missing": max(0, cost - spendable)}
            for id_, name, cost in _REWARDS
        ],
        "history": [_movement(one, names) for one in entries if one.kind != "release"],  # as ours: what changes nothing is not shown
        "orders": [_shown(one) for one in orders],
    }  # fmt: skip


def _shown(order: Order) -> dict[str, Any]:
    return {
        "external_id": order.external_id, "name": order.name, "placed_at": order.placed_at.astimezone(UTC),
        "total": f"{order.total_cents / 100:.2f}", "currency": order.currency, "lines": order.lines,
    }  # fmt: skip


def _movement(entry: Entry, names: dict[int, str]) -> dict[str, Any]:
    name = names.get(entry.order_id or 0, "")
    return {
        "at": entry.at.astimezone(UTC),
        "points": entry.points,
        "kind": entry.kind,
        "why": f"Points for order {name}",
    }


def _by_day(parts: Any) -> list[dict[str, Any]]:
    days: dict[date, int] = {}
    for at, points in parts:
        moment: datetime = at
        days[moment.date()] = days.get(moment.date(), 0) + points
    return [{"points": points, "on": day} for day, points in sorted(days.items())]


def _tier(earned: int) -> dict[str, Any]:
    reached = [one for one in _TIERS if one[1] <= earned]
    ahead = next((one for one in _TIERS if one[1] > earned), None)
    name, _, multiplier = reached[-1] if reached else (None, 0, "1")
    progress = {"next": ahead[0], "missing": ahead[1] - earned, "at": ahead[1]} if ahead else None
    return {"name": name, "multiplier": multiplier, "progress": progress}
