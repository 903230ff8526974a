"""Orders as last seen, their lines, and refunds as a set by id."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base, Json


class Order(Base):
    """The newest document of an order, or a stub that holds the lock for a refund that came first (`seen` is false)."""

    __tablename__ = "regulars_orders"
    __table_args__ = (
        Index("ix_regulars_orders_customer", "shop_id", "customer_id", "placed_at"),
        Index("ix_regulars_orders_placed", "shop_id", "placed_at"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    seen: Mapped[bool] = mapped_column(default=False)
    customer_id: Mapped[str | None]
    name: Mapped[str] = mapped_column(default="")
    placed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    currency: Mapped[str] = mapped_column(default="")
    payment: Mapped[str] = mapped_column(default="pending")
    progress: Mapped[int] = mapped_column(SmallInteger, default=0)
    cancelled: Mapped[bool] = mapped_column(default=False)
    test: Mapped[bool] = mapped_column(default=False)
    total_minor: Mapped[int] = mapped_column(default=0)
    shipping_minor: Mapped[int] = mapped_column(default=0)
    tax_minor: Mapped[int] = mapped_column(default=0)
    tip_minor: Mapped[int] = mapped_column(default=0)
    standing: Mapped[bool] = mapped_column(default=False)
    standing_minor: Mapped[int] = mapped_column(default=0)
    body_hash: Mapped[str] = mapped_column(default="")


class OrderLine(Base):
    """One line of an order; `net_minor` after discounts and without tax, for the whole line."""

    __tablename__ = "regulars_order_lines"
    __table_args__ = (Index("ix_regulars_order_lines_product", "shop_id", "product_id"),)

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    product_id: Mapped[str | None]
    variant_id: Mapped[str | None]
    sku: Mapped[str | None]
    title: Mapped[str]
    quantity: Mapped[int]
    current_quantity: Mapped[int]
    net_minor: Mapped[int]
    gift_card: Mapped[bool]


class Refund(Base):
    """A refund; `lines` is a list of {line_id, quantity, net_minor}."""

    __tablename__ = "regulars_refunds"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime]
    money_minor: Mapped[int]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(Json)
