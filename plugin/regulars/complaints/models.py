"""Complaints: the case, and everything that was said and done about it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class Complaint(Base):
    """One reported problem, from `new` to `closed` with its outcome."""

    __tablename__ = "regulars_complaints"
    __table_args__ = (
        UniqueConstraint("shop_id", "request_key"),
        UniqueConstraint("shop_id", "number"),
        Index("ix_regulars_complaints_state", "shop_id", "state", "opened_at"),
        Index("ix_regulars_complaints_customer", "shop_id", "customer_id"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]  # what people say on the phone
    customer_id: Mapped[str]
    order_id: Mapped[str | None]
    problem: Mapped[str]
    state: Mapped[str]
    request_key: Mapped[str]  # the caller's idempotency key
    request_hash: Mapped[str]
    assigned_to: Mapped[str | None]
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # satisfied | unsatisfied | no_answer


class Remark(Base):
    """One step of a case: words of the shopper or of the staff, a grant, a change of state. Words can be erased."""

    __tablename__ = "regulars_complaint_remarks"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    complaint_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    author: Mapped[str]  # customer | system | a staff id
    kind: Mapped[str]  # report | answer | note | grant | state
    text: Mapped[str]
    detail: Mapped[dict[str, Any]]
