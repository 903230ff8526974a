"""The queued work of one shop: sums by kind and state, and the rows that are due next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from regulars.work import WorkRow
from regulars.work.models import OPEN_STATES
from regulars_webhooks.inbox import InboxRow

_ROWS_SHOWN = 100
STATES = ("ready", "leased", "done", "dead", "discarded")


@dataclass(frozen=True, slots=True)
class Kind:
    """How much work of one kind there is, by state, and since when the oldest open row has been due."""

    name: str
    states: dict[str, int]
    due_since: datetime | None


def kinds(session: Session, shop_id: int, now: datetime) -> list[Kind]:
    """Every kind of work that the shop has rows of."""
    counted = select(WorkRow.kind, WorkRow.condition, func.count(), func.min(WorkRow.run_at)).where(
        WorkRow.shop_id == shop_id
    )
    found: dict[str, Kind] = {}
    for name, state, number, oldest in session.execute(counted.group_by(WorkRow.kind, WorkRow.condition)):
        kind = found.get(name, Kind(name, {}, None))
        due = oldest if state in OPEN_STATES and oldest <= now else None
        since = min((at for at in (kind.due_since, due) if at), default=None)
        found[name] = Kind(name, kind.states | {state: number}, since)
    return [found[name] for name in sorted(found)]


def open_rows(session: Session, shop_id: int) -> Sequence[WorkRow]:
    """The rows that are still to be done, the soonest first."""
    mine = select(WorkRow).where(WorkRow.shop_id == shop_id, WorkRow.state.in_(OPEN_STATES))
    return session.scalars(mine.order_by(WorkRow.run_at, WorkRow.id).limit(_ROWS_SHOWN)).all()


def count_dead(session: Session, shop_id: int) -> int:
    """How many dead letters wait for a person, of both drains."""
    return sum(
        session.scalar(select(func.count()).where(table.shop_id == shop_id, table.state == "dead")) or 0
        for table in (InboxRow, WorkRow)
    )
