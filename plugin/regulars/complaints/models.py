"""Complaints: the case, everything that was said and done about it, what was given, and the shop's running numbers."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class Complaint(Base):
    """One reported problem, from `new` to `closed` with its outcome."""

    __tablename__ = "regulars_complaints"
    __table_args__ = (
        UniqueConstraint("shop_id", "customer_id", "request_key"),
        UniqueConstraint("shop_id", "number"),
        Index("ix_regulars_complaints_state", "shop_id", "state", "opened_at"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]  # what people say on the phone
    customer_id: Mapped[str]
    order_id: Mapped[str | None]
    problem: Mapped[str]
    state: Mapped[str]
    request_key: Mapped[str]  # the shopper's idempotency key
    request_hash: Mapped[str]
    assigned_to: Mapped[str | None]
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]
    follow_up_due: Mapped[bool] = mapped_column(default=False)  # the moment has come and nobody has asked yet
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # satisfied | no_answer


class Remark(Base):
    """One step of a case: words of the shopper or of the staff, a grant, a change of state. Words can be erased."""

    __tablename__ = "regulars_complaint_remarks"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    complaint_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    author: Mapped[str]  # customer | system | a staff id
    kind: Mapped[str]  # report | answer | note | heard | grant | state
    text: Mapped[str]
    detail: Mapped[dict[str, Any]]


class Grant(Base):
    """Points that a member of the staff gave for a complaint; the limits are sums over these rows."""

    __tablename__ = "regulars_complaint_grants"
    __table_args__ = (
        CheckConstraint("points > 0", name="points_above_zero"),
        Index("ix_regulars_complaint_grants_staff", "shop_id", "staff_id", "at"),
        Index("ix_regulars_complaint_grants_customer", "shop_id", "customer_id", "at"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    complaint_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)  # what makes it the same grant: it is given once
    customer_id: Mapped[str]
    staff_id: Mapped[str]
    points: Mapped[int]
    at: Mapped[datetime]


class Counter(Base):
    """A row that two writers cannot hold at once: the shop's last number, or the grants of one member of the staff."""

    __tablename__ = "regulars_complaint_counters"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)  # number | staff:<id>
    value: Mapped[int]
