"""The ledger's tables: accounts, entries that never change, lots, what stands per cause, and the nightly seals."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class AccountRow(Base):
    """One account per customer and unit: the lock, the balances, the head of the chain."""

    __tablename__ = "regulars_accounts"
    __table_args__ = (
        CheckConstraint("available >= 0 AND pending >= 0 AND reserved >= 0 AND debt >= 0", name="not_below_zero"),
        Index(
            "ix_regulars_accounts_due", "shop_id", "next_due_at",
            postgresql_where=text("next_due_at IS NOT NULL"), sqlite_where=text("next_due_at IS NOT NULL"),
        ),
    )  # fmt: skip

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    available: Mapped[int] = mapped_column(default=0)
    pending: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    debt: Mapped[int] = mapped_column(default=0)
    earned: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    head_hash: Mapped[str]
    next_due_at: Mapped[datetime | None]


class EntryRow(Base):
    """One transfer. Append-only: the database refuses UPDATE and DELETE."""

    __tablename__ = "regulars_entries"
    __table_args__ = (
        UniqueConstraint("shop_id", "idem_key"),
        CheckConstraint("amount > 0", name="amount_above_zero"),
        Index("ix_regulars_entries_cause", "shop_id", "cause_type", "cause_id"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    debit: Mapped[str]
    credit: Mapped[str]
    amount: Mapped[int]
    kind: Mapped[str]
    cause_type: Mapped[str]
    cause_id: Mapped[str]
    component: Mapped[str]
    program_version: Mapped[int | None]
    actor: Mapped[str]
    explanation: Mapped[dict[str, Any]]
    lot: Mapped[int | None]
    idem_key: Mapped[str]
    effective_at: Mapped[datetime]
    posted_at: Mapped[datetime]
    available_after: Mapped[int]
    pending_after: Mapped[int]
    reserved_after: Mapped[int]
    debt_after: Mapped[int]
    prev_hash: Mapped[str]
    hash: Mapped[str]


class LotRow(Base):
    """Points that were opened together and end together."""

    __tablename__ = "regulars_lots"
    __table_args__ = (
        CheckConstraint("remaining >= 0 AND remaining <= points", name="remaining_within"),
        CheckConstraint("expired_taken >= 0 AND expired_taken <= expired", name="expired_taken_within"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cause_type: Mapped[str]
    cause_id: Mapped[str]
    component: Mapped[str]
    points: Mapped[int]
    remaining: Mapped[int]
    released: Mapped[bool]
    release_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    expired: Mapped[int] = mapped_column(default=0)
    expired_taken: Mapped[int] = mapped_column(default=0)
    quiet: Mapped[bool] = mapped_column(default=False)


class PostedRow(Base):
    """What stands per cause, component and customer (see `converging.Posted`)."""

    __tablename__ = "regulars_posted"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cause_type: Mapped[str] = mapped_column(primary_key=True)
    cause_id: Mapped[str] = mapped_column(primary_key=True)
    component: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str]
    points: Mapped[int]
    written_off: Mapped[int]
    moves: Mapped[int]
    program_version: Mapped[int | None]
    multiplier: Mapped[str]
    release_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class SealRow(Base):
    """A signature over the heads of all of a shop's accounts as they stood at `cut_at`."""

    __tablename__ = "regulars_seals"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cut_at: Mapped[datetime] = mapped_column(primary_key=True)
    accounts: Mapped[int]
    root: Mapped[str]
    signature: Mapped[str]
