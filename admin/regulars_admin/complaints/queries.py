"""The queue of complaints, and who of the staff wrote what."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, select
from sqlalchemy.orm import Session

from regulars.complaints import OPEN_STATES, Complaint, Remark, State
from regulars.customers import CustomerPii
from regulars.db import all_shops
from regulars.orders.models import Order
from regulars_admin.paging import PAGE_ROWS, Page, page
from regulars_admin.staff import StaffRow

#: A new case that nobody has looked at for so long is late.
LATE_AFTER = timedelta(hours=24)

#: The views of the queue by their name in the address, with the states they show.
VIEWS: dict[str, tuple[State, ...]] = {
    "todo": (*OPEN_STATES, State.RESOLVED),
    "new": (State.NEW,),
    "open": (State.OPEN,),
    "waiting_customer": (State.WAITING,),
    "resolved": (State.RESOLVED,),
    "closed": (State.CLOSED,),
}

#: New cases first, then follow-ups whose time has come, then what is under way; within each, whoever waits longest.
_URGENCY = case(
    (Complaint.state == State.NEW, 0),
    (Complaint.follow_up_due, 1),
    (Complaint.state == State.OPEN, 2),
    (Complaint.state == State.WAITING, 3),
    else_=4,
)


def queue(session: Session, shop_id: int, view: str, number: int) -> Page[Any]:
    """One page of a view: the case, its customer, its order and the first words of the report."""
    states = [state.value for state in VIEWS.get(view, VIEWS["todo"])]
    report = and_(Remark.shop_id == shop_id, Remark.complaint_id == Complaint.id, Remark.seq == 1)
    person = and_(CustomerPii.shop_id == shop_id, CustomerPii.customer_id == Complaint.customer_id)
    order = and_(Order.shop_id == shop_id, Order.id == Complaint.order_id)
    newest_first = [Complaint.closed_at.desc()] if view == "closed" else []
    rows = session.execute(
        select(Complaint, CustomerPii.name, CustomerPii.email, Order.name.label("order_name"), Remark.text)
        .outerjoin(CustomerPii, person)
        .outerjoin(Order, order)
        .outerjoin(Remark, report)
        .where(Complaint.shop_id == shop_id, Complaint.state.in_(states))
        .order_by(*newest_first, _URGENCY, Complaint.opened_at, Complaint.number)
        .limit(PAGE_ROWS + 1)
        .offset((number - 1) * PAGE_ROWS)
    )
    return page(rows.all(), number)


def is_late(complaint: Complaint, now: datetime) -> bool:
    """Whether a case is new and nobody has looked for a day."""
    return complaint.state == State.NEW and now - complaint.opened_at > LATE_AFTER


def staff_names(session: Session, ids: Collection[str]) -> dict[str, str]:
    """What the members of the staff with these ids are called; a host's own staff are not known here."""
    with all_shops("staff"):
        rows = session.execute(select(StaffRow.id, StaffRow.name).where(StaffRow.id.in_(ids)))
        return {row[0]: row[1] for row in rows}
