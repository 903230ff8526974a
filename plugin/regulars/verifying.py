"""Every invariant of the installation: the ledger replayed, the seals, and for every order that what is posted is due."""

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import ledger, orders, program, shops
from regulars.db import all_shops
from regulars.errors import SettingsError
from regulars.orders import Order
from regulars.shops import Shop

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of one shop found: how much it read, and the first thing that is wrong, if anything."""

    shop: str
    entries: int
    orders: int
    wrong: str | None


def verify(session: Session) -> list[Verdict]:
    """Check every shop; a clean one has no `wrong`. The session must be fresh: all is read as of one moment."""
    _as_of_one_moment(session)
    trouble = shops.root_key_trouble(session)
    if trouble:
        raise SettingsError(trouble)  # every seal would look broken, and the ledger would be blamed
    with all_shops("verify"):
        known = list(session.execute(select(Shop.id, Shop.key).order_by(Shop.id)))
    return [_verify_shop(session, shop_id, key) for shop_id, key in known]


def _as_of_one_moment(session: Session) -> None:
    """The shop goes on meanwhile: an account must not be older than its entries. SQLite reads like this by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _verify_shop(session: Session, shop_id: int, key: str) -> Verdict:
    entries, found = ledger.verify_shop(session, shop_id)
    if found:
        place = f"customer {found.customer_id}, {found.unit}, entry {found.version}"
        return Verdict(key, entries, 0, f"{place}: {found.what}")
    checked, wrong = _orders(session, shop_id)
    return Verdict(key, entries, checked, wrong)


def _orders(session: Session, shop_id: int) -> tuple[int, str | None]:
    """For every order: what stands in the ledger is what the pinned program gives its facts."""
    programs = program.programs(session, shop_id)
    checked, last = 0, ""
    while ids := _next_ids(session, shop_id, last):
        last = ids[-1]
        known = orders.read(session, shop_id, ids)
        posted = {(one.cause_id, one.customer_id): one for one in ledger.posted_for(session, shop_id, "order", ids)}
        for (order_id, customer_id), one in posted.items():
            rules = programs.numbered(one.program_version)
            order = known[order_id]
            mine = order.customer_id == customer_id and rules is not None
            due = (
                program.for_order(order.order, order.standing, rules, Fraction(one.multiplier)).points
                if mine and rules
                else 0
            )
            if due != one.points:
                return checked, f"order {order_id}, customer {customer_id}: {one.points} posted, {due} due"
        checked += len(ids)
    return checked, None


def _next_ids(session: Session, shop_id: int, after: str) -> list[str]:
    question = select(Order.id).where(Order.shop_id == shop_id, Order.id > after).order_by(Order.id).limit(_AT_ONCE)
    return list(session.scalars(question))
