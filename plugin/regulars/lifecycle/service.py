"""Move customers through the lifecycle: every change is a row with its reason, and is told to host, endpoints and staff."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from regulars import customers, orders, outbound, reviews, signals
from regulars.customers import Customer
from regulars.lifecycle.models import StageChange
from regulars.lifecycle.stages import Decision, Evidence, decide
from regulars.orders import Purchases
from regulars.values import iso


def restate(session: Session, shop_id: int, customer_ids: Collection[str], now: datetime) -> list[StageChange]:
    """Decide anew where these customers stand; who moved gets a row. Locks the customers."""
    return restate_locked(session, shop_id, customers.lock(session, shop_id, customer_ids), now)


def restate_locked(session: Session, shop_id: int, locked: dict[str, Customer], now: datetime) -> list[StageChange]:
    """`restate` for customers whose rows are locked already."""
    bought = orders.purchases(session, shop_id, locked)
    praised = reviews.public_praise(session, shop_id, locked)
    moves: list[tuple[Customer, Decision]] = []
    for customer in locked.values():
        own = bought.get(customer.id, Purchases())
        _keep_numbers(customer, own)
        evidence = Evidence(
            own.count, own.first_at, own.last_at, public_praise=customer.id in praised,
            open_problem=customer.open_problems > 0,
        )  # fmt: skip
        decision = decide(evidence, now)
        if decision.stage != customer.stage:
            moves.append((customer, decision))
    return _move(session, shop_id, moves, now)


def _keep_numbers(customer: Customer, own: Purchases) -> None:
    customer.orders_count, customer.spent_minor = own.count, own.spent_minor
    customer.first_order_at, customer.last_order_at = own.first_at, own.last_at


def _move(session: Session, shop_id: int, moves: list[tuple[Customer, Decision]], now: datetime) -> list[StageChange]:
    if not moves:
        return []
    counts = moves_so_far(session, shop_id, [customer.id for customer, _ in moves])
    changes = []
    for customer, decision in moves:
        moved_before = counts.get(customer.id, 0)
        earliest = customer.stage_since if moved_before else decision.since  # history is told in the order of its steps
        at = min(max(decision.since, earliest), now)
        change = StageChange(
            shop_id=shop_id, customer_id=customer.id, seq=moved_before + 1, track="stage", old=customer.stage,
            new=decision.stage.value, why=decision.why, detail={}, at=at, recorded_at=now,
        )  # fmt: skip
        changes.append(change)
        customer.stage, customer.stage_since = change.new, at
    session.add_all(changes)
    _tell(session, shop_id, changes, now)
    return changes


def moves_so_far(session: Session, shop_id: int, customer_ids: Collection[str]) -> dict[str, int]:
    """The number of each customer's last change; who never moved is left out."""
    mine = (StageChange.shop_id == shop_id) & StageChange.customer_id.in_(customer_ids)
    question = select(StageChange.customer_id, func.max(StageChange.seq)).where(mine).group_by(StageChange.customer_id)
    return {row[0]: row[1] for row in session.execute(question)}


def _tell(session: Session, shop_id: int, changes: list[StageChange], now: datetime) -> None:
    """The host after the commit; endpoints through the outbox, one event per change."""
    for change in changes:
        ids = {"shop_id": shop_id, "customer_id": change.customer_id, "old": change.old, "new": change.new}
        signals.tell(session, signals.stage_changed, **ids)
    outbound.announce(session, shop_id, [_event(change) for change in changes], now)


def _event(change: StageChange) -> outbound.Event:
    data = {
        "customer_id": change.customer_id, "from": change.old, "to": change.new, "why": change.why, "at": iso(change.at),
    }  # fmt: skip
    return outbound.Event("stage.changed", f"stage:{change.customer_id}:{change.seq}", data)
