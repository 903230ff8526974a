"""The few numbers of the first page."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from regulars.complaints import OPEN_STATES, Complaint, State
from regulars.customers import Customer
from regulars.ledger.models import AccountRow
from regulars.lifecycle.stages import Stage
from regulars.orders.models import Order
from regulars.shops import Shop
from regulars.values import local_day
from regulars_admin.bars import Bar, bars


@dataclass(frozen=True, slots=True)
class Numbers:
    """What one wants to know in the morning; money in minor units of the shop's currency."""

    orders_today: int
    money_today_minor: int
    customers: int
    points_available: int
    points_pending: int
    points_owed: int
    complaints_open: int
    complaints_new: int
    follow_ups_due: int
    stages: list[Bar]
    activities: list[Bar]


def numbers(session: Session, shop: Shop, unit: str, now: datetime) -> Numbers:
    """The numbers of one shop; today is today in the shop's zone."""
    orders, money_minor = _orders_today(session, shop, now)
    available, pending, debt = _points(session, shop.id, unit)
    open_cases, new_cases, follow_ups = _complaints(session, shop.id)
    stages = _customers_by(session, shop.id, Customer.stage)
    activities = _customers_by(session, shop.id, Customer.activity)
    return Numbers(
        orders, money_minor, sum(stages.values()), available, pending, debt, open_cases, new_cases, follow_ups,
        bars({stage.value: stages.get(stage.value, 0) for stage in Stage}),
        bars({name: activities.get(name, 0) for name in ("active", "at_risk", "lapsed")}),
    )  # fmt: skip


def _orders_today(session: Session, shop: Shop, now: datetime) -> tuple[int, int]:
    zone = ZoneInfo(shop.timezone)
    midnight = datetime.combine(local_day(now, zone), time(0), zone)
    today = select(func.count(), func.coalesce(func.sum(Order.standing_minor), 0)).where(
        Order.shop_id == shop.id, Order.placed_at >= midnight, Order.placed_at <= now, Order.standing
    )
    row = session.execute(today).one()
    return int(row[0]), int(row[1])


def _points(session: Session, shop_id: int, unit: str) -> tuple[int, int, int]:
    sums = [
        func.coalesce(func.sum(column), 0) for column in (AccountRow.available, AccountRow.pending, AccountRow.debt)
    ]
    row = session.execute(select(*sums).where(AccountRow.shop_id == shop_id, AccountRow.unit == unit)).one()
    return int(row[0]), int(row[1]), int(row[2])


def _complaints(session: Session, shop_id: int) -> tuple[int, int, int]:
    which = (Complaint.state.in_(OPEN_STATES), Complaint.state == State.NEW, Complaint.follow_up_due)
    counts = [func.count().filter(condition) for condition in which]
    row = session.execute(select(*counts).where(Complaint.shop_id == shop_id, Complaint.state != State.CLOSED)).one()
    return int(row[0]), int(row[1]), int(row[2])


def _customers_by(session: Session, shop_id: int, column: object) -> dict[str, int]:
    question = select(column, func.count()).where(Customer.shop_id == shop_id, Customer.state == "active")  # type: ignore[call-overload]
    return {row[0]: int(row[1]) for row in session.execute(question.group_by(column)) if row[0] is not None}
