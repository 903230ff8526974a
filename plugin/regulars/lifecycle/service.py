"""Move customers through the lifecycle: every change is a row with its reason, and is told to host, endpoints and staff."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from regulars import customers, orders, outbound, reviews, signals
from regulars.bulk import among, as_ids, insert_all
from regulars.customers import Customer, HeldCustomer
from regulars.lifecycle.models import StageChange
from regulars.lifecycle.stages import Decision, Evidence, Stage, decide
from regulars.orders import Purchases
from regulars.values import iso

_BEFORE_RETAIN = {Stage.REACH, Stage.ACQUIRE, Stage.DEVELOP}


@dataclass(frozen=True, slots=True)
class Move:
    """A customer went from one stage to another: their how-manieth change it is, why, and since when it holds."""

    customer_id: str
    seq: int
    old: str
    new: str
    why: str
    at: datetime


def restate(session: Session, shop_id: int, customer_ids: Collection[str], now: datetime) -> list[Move]:
    """Decide anew where these customers stand; who moved gets a row. Locks the customers."""
    return restate_locked(session, shop_id, customers.lock(session, shop_id, customer_ids), now)


def restate_locked(
    session: Session, shop_id: int, locked: Mapping[str, Customer | HeldCustomer], now: datetime
) -> list[Move]:
    """`restate` for customers whose rows are locked already."""
    bought = orders.purchases(session, shop_id, locked)
    praised = reviews.public_praise(session, shop_id, locked)
    again = [one.id for one in locked.values() if one.stage in _BEFORE_RETAIN and _many(bought.get(one.id))]
    second = orders.second_orders(session, shop_id, again)
    moves: list[tuple[Customer | HeldCustomer, Decision]] = []
    for customer in locked.values():
        own = bought.get(customer.id, Purchases())
        _keep_numbers(customer, own)
        evidence = Evidence(
            own.count, own.first_at, own.last_at, public_praise=customer.id in praised,
            open_problem=customer.open_problems > 0, second_order_at=second.get(customer.id),
        )  # fmt: skip
        decision = decide(evidence, now)
        if decision.stage != customer.stage:
            moves.append((customer, decision))
    return _move(session, shop_id, moves, now)


def _many(own: Purchases | None) -> bool:
    """Whether somebody's second order is not their last: only history comes to us in such leaps."""
    return own is not None and own.count > 2


def _keep_numbers(customer: Customer | HeldCustomer, own: Purchases) -> None:
    customer.orders_count, customer.spent_minor = own.count, own.spent_minor
    customer.first_order_at, customer.last_order_at = own.first_at, own.last_at


def _move(
    session: Session, shop_id: int, moving: list[tuple[Customer | HeldCustomer, Decision]], now: datetime
) -> list[Move]:
    if not moving:
        return []
    counts = moves_so_far(session, shop_id, customers.with_history(customer for customer, _ in moving))
    moves = []
    for customer, decision in moving:
        moved_before = counts.get(customer.id, 0)
        earliest = customer.stage_since if moved_before else decision.since  # history is told in the order of its steps
        at = min(max(decision.since, earliest), now)
        moves.append(Move(customer.id, moved_before + 1, customer.stage, decision.stage.value, decision.why, at))
        customer.stage, customer.stage_since = decision.stage.value, at
    beside = {"shop_id": shop_id, "track": "stage", "detail": {}, "recorded_at": now}
    rows = [{name: getattr(move, name) for name in Move.__slots__} | beside for move in moves]
    insert_all(session, StageChange, rows)
    _tell(session, shop_id, moves, now)
    return moves


def moves_so_far(session: Session, shop_id: int, customer_ids: Collection[str]) -> dict[str, int]:
    """The number of each customer's last change; who never moved is left out."""
    if not customer_ids:
        return {}
    found = session.execute(_LAST_MOVES, {"shop_id": shop_id, "ids": as_ids(customer_ids)})
    return {row.customer_id: row.seq for row in found}


_CHANGE = StageChange.__table__.c
_LAST_MOVES = (
    select(_CHANGE.customer_id, func.max(_CHANGE.seq).label("seq"))
    .where(_CHANGE.shop_id == bindparam("shop_id"), among(_CHANGE.customer_id, "ids"))
    .group_by(_CHANGE.customer_id)
)


def _tell(session: Session, shop_id: int, moves: list[Move], now: datetime) -> None:
    """The host after the commit; endpoints through the outbox, one event per move."""
    told = [{"shop_id": shop_id, "customer_id": move.customer_id, "old": move.old, "new": move.new} for move in moves]
    signals.tell_each(session, signals.stage_changed, told)
    outbound.announce(session, shop_id, [_event(move) for move in moves], now)


def _event(move: Move) -> outbound.Event:
    data = {"customer_id": move.customer_id, "from": move.old, "to": move.new, "why": move.why, "at": iso(move.at)}
    return outbound.Event("stage.changed", f"stage:{move.customer_id}:{move.seq}", data)
