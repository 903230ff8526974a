"""What the widget asks the database, in one or two statements and without a lock."""

from collections.abc import Collection, Hashable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import complaints, ledger, program, shops
from regulars.customers import Customer
from regulars.db import for_single_reads, reading
from regulars.errors import NotFound, Unauthorized
from regulars.orders import Order
from regulars.program import Programs
from regulars.shops import Shop
from regulars.single_reads import Lending, Question
from regulars.storefront import standing, statement
from regulars.storefront.renderings import Rendering, Renderings, rendering
from regulars.storefront.seen import SeenComplaint, SeenOrder
from regulars.storefront.tables import (
    Glance,
    Shopper,
    glance,
    to_glance,
    to_shopper,
    whole,
)
from regulars.values import from_minor, iso

_RENDERINGS, _LARGEST_BYTES = 2_048, 32 * 1024  # an answer has some 7 kB: 15 MB in each process, never more than 64


class Desk:
    """Reads shoppers for one app. Keeps what never changes: the statements' text, shops' ids, published programs."""

    def __init__(self) -> None:
        self._questions: tuple[Question, Question] | None = None
        self._shop_ids: dict[str, int] = {}
        self._programs: dict[int, Programs] = {}
        self.renderings = Renderings(_RENDERINGS, _LARGEST_BYTES)

    def shop_id(self, key: str) -> int:
        """The id of the shop with this key; a key keeps its id. Raises NotFound."""
        found = self._shop_ids.get(key)
        if found is None:
            with reading() as session:
                found = self._shop_ids[key] = shops.find_shop(session, key).id
        return found

    def glance(self, key: str, customer_id: str) -> Glance:
        """Where a shopper stands now, committed, without a lock. Raises NotFound when the shop is not there any more."""
        shop_id, programs, head, row = self._read(key, customer_id, 0)
        return to_glance(shop_id, head, row, programs)

    def shopper(self, key: str, customer_id: str) -> Shopper:
        """All of it. Raises NotFound when the shop is not there any more."""
        shop_id, programs, head, row = self._read(key, customer_id, 1)
        return to_shopper(to_glance(shop_id, head, row, programs), customer_id, head, row)

    def _read(self, key: str, customer_id: str, form: int) -> tuple[int, Programs, list[Any], Any]:
        shop_id = self.shop_id(key)
        programs = self._programs.get(shop_id) or self._load(shop_id)
        row = self._ask(form, shop_id, customer_id, programs.unit)
        head = orjson.loads(row[0]) if row else [None] * 2
        if row and head[0] != programs.newest:
            programs = self._load(shop_id)
            row = self._ask(form, shop_id, customer_id, programs.unit)
            head = orjson.loads(row[0])
        if head[1] != key:
            self._shop_ids.pop(key, None)
            raise NotFound("There is no such shop.")
        return shop_id, programs, head, row

    def _load(self, shop_id: int) -> Programs:
        with reading() as session:
            programs = self._programs[shop_id] = program.programs(session, shop_id)
        return programs

    def _ask(self, form: int, shop_id: int, customer_id: str, unit: str) -> Any:
        if self._questions is None:
            lending = Lending(for_single_reads())
            self._questions = Question(lending, glance), Question(lending, whole)
        return self._questions[form].ask({"shop_id": shop_id, "customer_id": customer_id, "unit": unit})


def offer(session: Session, shop: Shop, now: datetime) -> dict[str, Any]:
    """The program as everybody may see it."""
    return standing.offer(program.programs(session, shop.id).at(now), shop.currency)


def me(desk: Desk, shop_key: str, seen: Glance, customer_id: str, now: datetime, lang: str) -> Rendering:
    """Everything the widget shows to its shopper, as JSON, with what is due and not posted yet already done.

    Nothing is written. Raises Unauthorized for a customer who is not there any more.
    """
    if not seen.is_active:
        raise Unauthorized("This customer is not known here any more.")
    place = (seen.shop.id, customer_id, lang)
    shown = None if _is_due(seen, now) else desk.renderings.of(place, _mark(seen, now))
    if shown is None:
        one = desk.shopper(shop_key, customer_id)
        document, is_whole = _document(one, now, lang)
        shown = rendering(orjson.dumps(document))
        if is_whole and not _is_due(one.glance, now):
            desk.renderings.keep(place, _mark(one.glance, now), shown)
    return shown


def _is_due(seen: Glance, now: datetime) -> bool:
    """Whether time alone has changed what is shown."""
    return seen.next_due_at is not None and seen.next_due_at <= now


def _mark(seen: Glance, now: datetime) -> tuple[Hashable, ...]:
    rules = seen.programs.at(now)
    return seen.mark, rules.version if rules else None


def _document(one: Shopper, now: datetime, lang: str) -> tuple[dict[str, Any], bool]:
    """What is shown, and whether it was made of nothing but what the mark is about."""
    rules, zone, book = one.glance.programs.at(now), ZoneInfo(one.glance.shop.timezone), one.book
    ledger.settle(book, now)
    moved = [statement.due_movement(entry) for entry in reversed(book.entries)] + one.movements
    missing = _orders_named(one, moved) - one.order_names.keys()
    names = one.order_names | (_order_names(one.glance.shop.id, missing) if missing else {})
    document = {
        "customer": {"name": one.name},
        "points": standing.points(book, zone),
        "tier": standing.tier(book, rules),
        "rewards": standing.rewards(book, rules),
        "redemptions": [],
        "history": statement.lines(moved, names, lang),
        "referral": None,
        "orders": [_order(order) for order in one.orders],
        "complaints": [_complaint(case, names, lang) for case in one.complaints],
    }
    return document, not missing


def _orders_named(one: Shopper, moved: list[statement.Movement]) -> set[str]:
    return {movement.cause_id for movement in moved if movement.cause_type == "order"} | {
        case.order_id for case in one.complaints if case.order_id
    }


def _order_names(shop_id: int, order_ids: Collection[str]) -> dict[str, str]:
    """What these orders are called."""
    mine = (Order.shop_id == shop_id) & Order.id.in_(order_ids)
    with reading() as session:
        return {row.id: row.name for row in session.execute(select(Order.id, Order.name).where(mine))}


def is_there(session: Session, shop_id: int, customer_id: str) -> None:
    """Raises Unauthorized for a customer who is not with the shop any more."""
    state = session.scalar(select(Customer.state).where(Customer.shop_id == shop_id, Customer.id == customer_id))
    if state != "active":
        raise Unauthorized("This customer is not known here any more.")


def _order(order: SeenOrder) -> dict[str, Any]:
    return {
        "id": order.id, "name": order.name or order.id, "placed_at": iso(order.placed_at) if order.placed_at else None,
        "total": from_minor(order.total_minor, order.currency), "currency": order.currency,
        "lines": [{"title": title, "quantity": quantity} for title, quantity in order.lines],
    }  # fmt: skip


def _complaint(one: SeenComplaint, names: Mapping[str, str], lang: str) -> dict[str, Any]:
    return {
        "id": one.id, "status": complaints.status(one.state), "opened_at": iso(one.opened_at),
        "subject": complaints.subject(one.problem, names.get(one.order_id or ""), lang),
    }  # fmt: skip
