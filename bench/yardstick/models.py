"""The tables of the yardstick, as Flask-SQLAlchemy models with the indexes their queries need."""

from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, ForeignKey, Index, LargeBinary, TypeDecorator, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The base of these tables alone."""


db = SQLAlchemy(model_class=Base)


class Utc(TypeDecorator[datetime]):
    """Aware times; SQLite keeps them without their zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As the database keeps it."""
        return value.replace(tzinfo=None) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As it was."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Event(Base):
    """A webhook as it came."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[str] = mapped_column(unique=True)
    topic: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(Utc)


class Customer(Base):
    """A customer with the sums of their orders."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    name: Mapped[str | None]
    stage: Mapped[str] = mapped_column(default="reach")
    orders_count: Mapped[int] = mapped_column(default=0)
    spent_cents: Mapped[int] = mapped_column(default=0)
    first_order_at: Mapped[datetime | None] = mapped_column(Utc)
    last_order_at: Mapped[datetime | None] = mapped_column(Utc)


class Account(Base):
    """A customer's balance; `version` is what optimistic writers check."""

    __tablename__ = "accounts"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    available: Mapped[int] = mapped_column(default=0)
    pending: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    earned: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - the form SQLAlchemy's own guide has


class Order(Base):
    """An order."""

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_customer", "customer_id", "placed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[str]
    placed_at: Mapped[datetime] = mapped_column(Utc)
    currency: Mapped[str]
    total_cents: Mapped[int]
    net_cents: Mapped[int]
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id")


class OrderLine(Base):
    """One line of an order."""

    __tablename__ = "order_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    product_id: Mapped[str | None]
    sku: Mapped[str | None]
    title: Mapped[str]
    quantity: Mapped[int]
    net_cents: Mapped[int]


class Entry(Base):
    """One movement of points, with the balances after it."""

    __tablename__ = "entries"
    __table_args__ = (Index("ix_entries_customer", "customer_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    kind: Mapped[str]  # earn | release | reserve
    points: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(Utc)
    available_after: Mapped[int]
    pending_after: Mapped[int]


class Lot(Base):
    """Points that end together."""

    __tablename__ = "lots"
    __table_args__ = (Index("ix_lots_customer", "customer_id", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    points: Mapped[int]
    remaining: Mapped[int]
    released: Mapped[bool] = mapped_column(default=False)
    release_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime] = mapped_column(Utc)


class StageChange(Base):
    """A customer moved on in the lifecycle."""

    __tablename__ = "stage_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    old: Mapped[str]
    new: Mapped[str]
    at: Mapped[datetime] = mapped_column(Utc)


class Message(Base):
    """A letter that was decided on."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    template: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Utc)


class Visit(Base):
    """What the smallest job of all updates."""

    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    seen: Mapped[bool] = mapped_column(default=False)


def prepare_sqlite(engine: Engine) -> None:
    """WAL, NORMAL, and writers that queue up instead of failing: SQLAlchemy's own recipe for SQLite."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("only_reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
