"""The outbox: work rows, written in the transaction that causes them, and the lease that any such row carries."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, UniqueConstraint, and_, case, literal_column, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base

#: States of a row that a drain may claim, once no lease on it runs; `leased` was written before leases were columns alone.
OPEN_STATES = ("ready", "leased")
#: As text of the statement, not as parameters: or PostgreSQL could not group by what they make.
_READY: ColumnElement[str] = literal_column("'ready'")
_LEASED: ColumnElement[str] = literal_column("'leased'")
#: Pages are half filled: a lease is written beside the row it is of, and no index hears of it (decision 0015).
ROOM_FOR_LEASES = {"postgresql_with": {"fillfactor": 50}}


class Leased:
    """What every row that is drained carries; back-off, tries and dead letters belong to the row."""

    state: Mapped[str] = mapped_column(default="ready")  # ready | done | dead | ignored | discarded
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]  # by the database's clock
    lease_token: Mapped[str | None]  # whose it is
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None]

    @hybrid_property
    def condition(self) -> str:
        """The state as people know it: a ready row that somebody holds is `leased`."""
        return "leased" if self.state == "ready" and self.lease_token else self.state

    @condition.inplace.expression
    @classmethod
    def _condition(cls) -> ColumnElement[str]:
        held = and_(cls.state == _READY, cls.lease_token.is_not(None))
        return case((held, _LEASED), else_=cls.state)


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
    __table_args__ = (
        UniqueConstraint("shop_id", "key"), due_index("regulars_work"), dead_index("regulars_work"), ROOM_FOR_LEASES,
    )  # fmt: skip

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    lane: Mapped[str] = mapped_column(default="live")  # live | bulk
    key: Mapped[str]  # what makes it the same work: it is done once
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    sending_since: Mapped[datetime | None]  # set before a call goes out, so that a crash is known as "no answer"
