"""Customers, the identities that lead to them, and, apart, what is personal."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class Customer(Base):
    """One person of a shop, without anything personal. Counts and dates are derived from their standing orders."""

    __tablename__ = "regulars_customers"
    __table_args__ = (
        Index("ix_regulars_customers_stage", "shop_id", "stage"),
        Index("ix_regulars_customers_last_order", "shop_id", "last_order_at"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="active")  # active | deleted
    created_at: Mapped[datetime]
    stage: Mapped[str] = mapped_column(default="reach")
    stage_since: Mapped[datetime]
    activity: Mapped[str | None]
    tier: Mapped[str | None]
    orders_count: Mapped[int] = mapped_column(default=0)
    spent_minor: Mapped[int] = mapped_column(default=0)
    first_order_at: Mapped[datetime | None]
    last_order_at: Mapped[datetime | None]
    marketing_consent: Mapped[bool | None]
    open_problems: Mapped[int] = mapped_column(
        default=0
    )  # complaints not closed yet; kept by `complaints` under the lock
    seen_at: Mapped[datetime | None]  # how new the newest customer document is that we applied


class CustomerPii(Base):
    """What is personal about a customer; erasing them deletes this row and nothing else moves."""

    __tablename__ = "regulars_customer_pii"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    locale: Mapped[str | None]


class Identity(Base):
    """What leads to a customer: the shop's own id as it is, an e-mail only as a keyed hash."""

    __tablename__ = "regulars_identities"
    __table_args__ = (Index("ix_regulars_identities_customer", "shop_id", "customer_id"),)

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(primary_key=True)  # external | email
    value: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str]
