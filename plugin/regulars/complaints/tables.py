"""Rows of complaints under their locks: the case, its steps, its number, and the sums that limits are held against."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from regulars import customers
from regulars.bulk import insert_new
from regulars.complaints.authority import CUSTOMER_WINDOW
from regulars.complaints.cases import State
from regulars.complaints.models import Complaint, Counter, Grant, Remark
from regulars.errors import NotFound
from regulars.orders import Order


def locked(session: Session, shop_id: int, complaint_id: str) -> Complaint:
    """The complaint with its customer's row locked, read anew after the lock. Raises NotFound."""
    mine = (Complaint.shop_id == shop_id) & (Complaint.id == complaint_id)
    customer_id = session.scalar(select(Complaint.customer_id).where(mine))
    if customer_id is None:
        raise NotFound("There is no such complaint in this shop.")
    customers.lock(session, shop_id, [customer_id])
    return session.scalars(select(Complaint).where(mine).execution_options(populate_existing=True)).one()


def remark(
    session: Session, complaint: Complaint, author: str, kind: str, text: str, now: datetime, **detail: Any
) -> Remark:
    """Add one step to the case; call it under the customer's lock."""
    mine = (Remark.shop_id == complaint.shop_id) & (Remark.complaint_id == complaint.id)
    seq = 1 + (session.scalar(select(func.max(Remark.seq)).where(mine)) or 0)
    row = Remark(
        shop_id=complaint.shop_id, complaint_id=complaint.id, seq=seq, at=now, author=author, kind=kind, text=text,
        detail=detail,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def is_theirs(session: Session, shop_id: int, customer_id: str, order_id: str) -> bool:
    """Whether this is an order of this customer."""
    mine = (Order.shop_id == shop_id) & (Order.id == order_id) & (Order.customer_id == customer_id)
    return session.scalar(select(Order.id).where(mine)) is not None


def by_key(session: Session, shop_id: int, customer_id: str, request_key: str) -> Complaint | None:
    """The complaint that this customer opened with this key, if there is one."""
    mine = (Complaint.shop_id == shop_id) & (Complaint.customer_id == customer_id)
    return session.scalar(select(Complaint).where(mine, Complaint.request_key == request_key))


def next_value(session: Session, shop_id: int, name: str) -> int:
    """Count on in a row of the shop, which stays locked until the commit: nobody gets the same number, or in between."""
    insert_new(session, Counter, [{"shop_id": shop_id, "name": name, "value": 0}])
    mine = (Counter.shop_id == shop_id) & (Counter.name == name)
    row = session.scalars(select(Counter).where(mine).with_for_update().execution_options(populate_existing=True)).one()
    row.value += 1
    session.flush()
    return row.value


def given(
    session: Session, shop_id: int, staff_id: str, customer_id: str, today: datetime, now: datetime
) -> tuple[int, int]:
    """Points that this giver gave since `today` began, and that this customer got from anybody in 30 days."""
    total = select(func.coalesce(func.sum(Grant.points), 0)).where(Grant.shop_id == shop_id)
    by_giver = session.scalar(total.where(Grant.staff_id == staff_id, Grant.at >= today))
    to_customer = session.scalar(total.where(Grant.customer_id == customer_id, Grant.at > now - CUSTOMER_WINDOW))
    return int(by_giver or 0), int(to_customer or 0)


def open_problems(session: Session, shop_id: int, customer_id: str) -> int:
    """How many complaints of this customer are not closed yet."""
    mine = (Complaint.shop_id == shop_id) & (Complaint.customer_id == customer_id)
    return session.scalar(select(func.count()).where(mine, Complaint.state != State.CLOSED.value)) or 0
