"""The outbox: work rows, written in the transaction that causes them, and the lease that any such row carries."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base

#: States of a row that a drain may claim: `leased` only once its lease has run out.
OPEN_STATES = ("ready", "leased")


class Leased:
    """What every row that is drained carries; back-off, tries and dead letters belong to the row."""

    state: Mapped[str] = mapped_column(default="ready")  # ready | leased | done | dead | ignored | discarded
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None]
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None]


def due_index(table: str) -> Index:
    """The partial index that finds open rows of a shop by the time they are due."""
    where = text("state IN ('ready', 'leased')")
    return Index(f"ix_{table}_due", "shop_id", "run_at", postgresql_where=where, sqlite_where=where)


def dead_index(table: str) -> Index:
    """The partial index that finds a shop's dead letters, of which there are few, among rows of which there are many."""
    where = text("state = 'dead'")
    return Index(f"ix_{table}_dead", "shop_id", postgresql_where=where, sqlite_where=where)


class WorkRow(Leased, Base):
    """One piece of work: ids only in the payload."""

    __tablename__ = "regulars_work"
    __table_args__ = (UniqueConstraint("shop_id", "key"), due_index("regulars_work"), dead_index("regulars_work"))

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    lane: Mapped[str] = mapped_column(default="live")  # live | bulk
    key: Mapped[str]  # what makes it the same work: it is done once
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    sending_since: Mapped[datetime | None]  # set before a call goes out, so that a crash is known as "no answer"
