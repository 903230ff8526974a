"""What the widget asks the database, in a constant number of statements and without a lock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import complaints, ledger, program
from regulars.customers import Customer, CustomerPii
from regulars.errors import Unauthorized
from regulars.orders import Order, OrderLine
from regulars.shops import Shop
from regulars.storefront import standing, statement
from regulars.values import from_minor, iso

_HISTORY = 60
_ORDERS = 10
_COMPLAINTS = 10


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read of one customer."""

    name: str | None
    orders: list[Order]
    order_lines: dict[str, list[dict[str, Any]]]
    order_names: dict[str, str]
    complaints: list[complaints.Complaint]
    entries: list[ledger.EntryRow]


def offer(session: Session, shop: Shop, now: datetime) -> dict[str, Any]:
    """The program as everybody may see it."""
    return standing.offer(program.programs(session, shop.id).at(now), shop.currency)


def me(session: Session, shop: Shop, customer_id: str, now: datetime, lang: str) -> dict[str, Any]:
    """Everything the widget shows to its shopper, with what is due and not posted yet already done; nothing is written.

    Raises Unauthorized for a customer who is not there any more.
    """
    programs = program.programs(session, shop.id)
    rules, zone = programs.at(now), ZoneInfo(shop.timezone)
    found = _find(session, shop, customer_id, programs.unit)
    book = ledger.present(session, shop.id, customer_id, programs.unit, now)
    moved = [statement.due_movement(one) for one in reversed(book.entries)]
    moved += [statement.movement(one) for one in found.entries]
    return {
        "customer": {"name": found.name},
        "points": standing.points(book, zone),
        "tier": standing.tier(book, rules),
        "rewards": standing.rewards(book, rules),
        "redemptions": [],
        "history": statement.lines(moved, found.order_names, lang),
        "referral": None,
        "orders": [_order(one, found.order_lines.get(one.id, [])) for one in found.orders],
        "complaints": [_complaint(one, found.order_names, lang) for one in found.complaints],
    }


def _find(session: Session, shop: Shop, customer_id: str, unit: str) -> _Found:
    name = is_there(session, shop.id, customer_id)
    recent = _recent_orders(session, shop.id, customer_id)
    cases = complaints.of_customer(session, shop.id, customer_id, _COMPLAINTS)
    entries = ledger.history(session, shop.id, customer_id, unit, _HISTORY)
    named = {one.cause_id for one in entries if one.cause_type == "order"} | {
        one.order_id for one in cases if one.order_id
    }
    names = {one.id: one.name for one in recent}
    names |= _names(session, shop.id, named - set(names))
    return _Found(name, recent, _lines(session, shop.id, [one.id for one in recent]), names, cases, entries)


def is_there(session: Session, shop_id: int, customer_id: str) -> str | None:
    """The name of a customer who is still with the shop. Raises Unauthorized for others."""
    question = (
        select(Customer.state, CustomerPii.name)
        .outerjoin(CustomerPii, (CustomerPii.shop_id == Customer.shop_id) & (CustomerPii.customer_id == Customer.id))
        .where(Customer.shop_id == shop_id, Customer.id == customer_id)
    )
    row = session.execute(question).one_or_none()
    if row is None or row.state != "active":
        raise Unauthorized("This customer is not known here any more.")
    name: str | None = row.name
    return name


def _recent_orders(session: Session, shop_id: int, customer_id: str) -> list[Order]:
    mine = (Order.shop_id == shop_id) & (Order.customer_id == customer_id) & Order.seen & ~Order.test
    return list(session.scalars(select(Order).where(mine).order_by(Order.placed_at.desc(), Order.id).limit(_ORDERS)))


def _lines(session: Session, shop_id: int, order_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    mine = (OrderLine.shop_id == shop_id) & OrderLine.order_id.in_(order_ids)
    columns = select(OrderLine.order_id, OrderLine.title, OrderLine.quantity).where(mine)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in session.execute(columns.order_by(OrderLine.order_id, OrderLine.position)):
        found.setdefault(row.order_id, []).append({"title": row.title, "quantity": row.quantity})
    return found


def _names(session: Session, shop_id: int, order_ids: Collection[str]) -> dict[str, str]:
    mine = (Order.shop_id == shop_id) & Order.id.in_(order_ids)
    return {row.id: row.name for row in session.execute(select(Order.id, Order.name).where(mine))}


def _order(order: Order, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": order.id, "name": order.name or order.id, "placed_at": iso(order.placed_at) if order.placed_at else None,
        "total": from_minor(order.total_minor, order.currency), "currency": order.currency, "lines": lines,
    }  # fmt: skip


def _complaint(one: complaints.Complaint, order_names: dict[str, str], lang: str) -> dict[str, Any]:
    return {
        "id": one.id, "status": complaints.status(one.state), "opened_at": iso(one.opened_at),
        "subject": complaints.subject(one.problem, order_names.get(one.order_id or ""), lang),
    }  # fmt: skip
