"""List, replay and discard dead letters of the inbox and of the outbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from regulars import audit, runtime, work
from regulars.errors import Conflict, NotFound
from regulars.work import WorkRow
from regulars_webhooks.inbox import InboxRow

#: The tables that have dead letters, by the name of their drain.
TABLES: dict[str, Any] = {"inbox": InboxRow, "work": WorkRow}
_WAITING = ("ready", "leased")


@dataclass(frozen=True, slots=True)
class Letter:
    """One row that ended without being done. `drain` is inbox or work; `what` is its topic or its kind."""

    drain: str
    id: str
    what: str
    state: str
    reason: str
    attempts: int
    since: datetime
    ended_at: datetime | None
    order_id: str | None = None
    customer_id: str | None = None


def find(session: Session, shop_id: int, *, states: tuple[str, ...] = ("dead",), limit: int = 100_000) -> list[Letter]:
    """The shop's rows in these states, newest first, of both drains."""
    letters = [
        _letter(drain, row)
        for drain, table in TABLES.items()
        for row in session.scalars(
            select(table)
            .where(table.shop_id == shop_id, table.state.in_(states))
            .order_by(table.done_at.desc())
            .limit(limit)
            .options(*_without_body(table))
        )
    ]
    return sorted(letters, key=lambda letter: letter.ended_at or letter.since, reverse=True)[:limit]


def _without_body(table: Any) -> list[Any]:
    return [defer(InboxRow.body_sealed)] if table is InboxRow else []


def _letter(drain: str, row: Any) -> Letter:
    message = isinstance(row, InboxRow)
    return Letter(
        drain=drain,
        id=row.id,
        what=f"{row.kind} {row.topic}".strip() if message else row.kind,
        state=row.state,
        reason=row.last_error or "",
        attempts=row.attempts,
        since=row.received_at if message else row.created_at,
        ended_at=row.done_at,
        order_id=row.order_id if message else None,
        customer_id=row.customer_id if message else None,
    )


def replay(session: Session, shop_id: int, drain: str, row_id: str, actor: str, now: datetime) -> None:
    """Make the row due again, as if it had not been tried. Raises Conflict when it is done, waiting, or has no body."""
    table, row = _row(session, shop_id, drain, row_id)
    if row.state == "done":
        raise Conflict("This was done already; doing it again is not needed, whatever it caused is there.")
    if row.state in _WAITING:
        raise Conflict("This is waiting to be done; there is nothing to replay.")
    if table is InboxRow and row.body_sealed is None:
        raise Conflict("The body of this message is no longer kept; ask the shop to send it again, or import it.")
    values: dict[str, Any] = {"state": "ready", "attempts": 0, "run_at": now, "done_at": None, "last_error": None}
    if table is WorkRow and not _can_be_looked_up(row):
        values["sending_since"] = None  # whoever replays it has looked
    _change(session, table, row, values)
    audit.record(session, shop_id, actor, "deadletter.replayed", f"{drain}:{row_id}", now)
    work.ring_after_commit(session)


def _can_be_looked_up(row: Any) -> bool:
    """Whether the other side can be asked if an earlier try arrived: then it is, also after a replay."""
    handler = runtime.current().handlers.get(row.kind)
    return isinstance(handler, work.Sending) and handler.lookup is not None


def note_refusal(
    session: Session, shop_id: int, drain: str, row_id: str, actor: str, now: datetime, wanted: str
) -> None:  # fmt: skip
    """Write down that somebody wanted this row `replayed` or `discarded`, and that nothing was changed."""
    audit.record(session, shop_id, actor, f"deadletter.not_{wanted}", f"{drain}:{row_id}", now)


def discard(session: Session, shop_id: int, drain: str, row_id: str, actor: str, now: datetime) -> None:
    """Put the row aside for good; it stays visible. Raises Conflict when it is done or waiting."""
    table, row = _row(session, shop_id, drain, row_id)
    if row.state not in ("dead", "ignored"):
        raise Conflict(f"Only dead letters can be discarded; this one is {row.state}.")
    _change(session, table, row, {"state": "discarded"})
    audit.record(session, shop_id, actor, "deadletter.discarded", f"{drain}:{row_id}", now)


def _row(session: Session, shop_id: int, drain: str, row_id: str) -> tuple[Any, Any]:
    table = TABLES.get(drain)
    row = None if table is None else session.get(table, (shop_id, row_id))
    if row is None:
        raise NotFound(f"This shop has no row {row_id} in {drain}.")
    return table, row


def _change(session: Session, table: Any, row: Any, values: dict[str, Any]) -> None:
    """Change the row if it is still as we saw it: another replay, or a worker, may have been quicker."""
    result = session.execute(
        update(table)
        .where(table.shop_id == row.shop_id, table.id == row.id, table.state == row.state)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody else has just changed this row; look again.")


def locate(session: Session, shop_ids: list[int], row_id: str) -> tuple[int | None, str, str]:
    """The shop, drain and id of a row, among these shops; the shop is None when nobody knows it."""
    for drain, table in TABLES.items():
        shop_id = session.scalar(select(table.shop_id).where(table.shop_id.in_(shop_ids), table.id == row_id))
        if shop_id is not None:
            return shop_id, drain, row_id
    return None, "", row_id
