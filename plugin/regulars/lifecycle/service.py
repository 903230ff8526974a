"""Move customers through the lifecycle: every change is a row with its reason, and is told to host, endpoints and staff."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from regulars import customers, orders, outbound, reviews, signals
from regulars.customers import Customer
from regulars.lifecycle.activity import Activity, activity, gaps_days, rhythm_of, survival
from regulars.lifecycle.models import StageChange
from regulars.lifecycle.stages import Decision, Evidence, decide
from regulars.orders import Order, Purchases
from regulars.values import iso

_SECONDS_A_DAY = 86_400
_SWEPT_AT_ONCE = 500


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
    counts = _counts(session, shop_id, [customer.id for customer, _ in moves])
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


def _counts(session: Session, shop_id: int, customer_ids: list[str]) -> dict[str, int]:
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


def sweep(session: Session, shop_id: int, now: datetime) -> None:
    """The nightly look at everybody: first orders grow old, and the activity follows each customer's own rhythm."""
    _sweep_stages(session, shop_id, now)
    _sweep_activity(session, shop_id, now)


def _sweep_stages(session: Session, shop_id: int, now: datetime) -> None:
    acquiring = (Customer.shop_id == shop_id) & (Customer.stage == "acquire")
    ids = list(session.scalars(select(Customer.id).where(acquiring).order_by(Customer.id)))
    for start in range(0, len(ids), _SWEPT_AT_ONCE):
        restate(session, shop_id, ids[start : start + _SWEPT_AT_ONCE], now)


def _sweep_activity(session: Session, shop_id: int, now: datetime) -> None:
    times = dict(_order_times(session, shop_id))
    gaps = {customer_id: gaps_days(own) for customer_id, own in times.items()}
    rhythm = rhythm_of(gaps.values())
    fresh: dict[str, Activity] = {}
    for customer_id, own in times.items():
        elapsed = (now.timestamp() - own[-1]) / _SECONDS_A_DAY
        fresh[customer_id] = activity(survival(gaps[customer_id], elapsed, rhythm))
    known = select(Customer.id, Customer.activity).where(Customer.shop_id == shop_id)
    changed = [(id_, old, fresh.get(id_)) for id_, old in session.execute(known) if fresh.get(id_) != old]
    for start in range(0, len(changed), _SWEPT_AT_ONCE):
        _write_activity(session, shop_id, changed[start : start + _SWEPT_AT_ONCE], now)


def _write_activity(
    session: Session, shop_id: int, changed: Sequence[tuple[str, str | None, Activity | None]], now: datetime
) -> None:
    for new in (*Activity, None):
        ids = [id_ for id_, _, to in changed if to is new]
        mine = (Customer.shop_id == shop_id) & Customer.id.in_(ids)
        session.execute(update(Customer).where(mine).values(activity=new))
    counts = _counts(session, shop_id, [id_ for id_, _, _ in changed])
    session.add_all(
        StageChange(
            shop_id=shop_id, customer_id=id_, seq=counts.get(id_, 0) + 1, track="activity", old=old, new=new.value,
            why="own_rhythm", detail={}, at=now, recorded_at=now,
        )
        for id_, old, new in changed
        if new
    )  # fmt: skip


def _order_times(session: Session, shop_id: int) -> Iterable[tuple[str, list[float]]]:
    question = (
        select(Order.customer_id, Order.placed_at)
        .where(Order.shop_id == shop_id, Order.standing, Order.customer_id.is_not(None))
        .order_by(Order.customer_id, Order.placed_at)
    )
    for customer_id, rows in groupby(session.execute(question), lambda row: row[0]):
        yield customer_id, [row[1].timestamp() for row in rows if row[1]]
