"""Periodic work of the plugin: settle what is due, move the lifecycle at night, seal the ledger."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from regulars import ledger, lifecycle, pipeline, program, runtime, shops, work
from regulars.values import new_id
from regulars.work import Handler, Local, Periodic, WorkRow

_SETTLED_AT_ONCE = 500
_KEPT = timedelta(days=7)


def _settle(session: Session, shop_id: int, _rows: list[WorkRow], now: datetime) -> None:
    unit = program.programs(session, shop_id).unit
    due = ledger.due_customers(session, shop_id, unit, now, _SETTLED_AT_ONCE)
    if due:
        pipeline.settle_due(session, shops.get_shop(session, shop_id), due, now)
    if len(due) == _SETTLED_AT_ONCE:
        work.add(session, [work.row(shop_id, "ledger.settle", f"more:{new_id()}", {}, now, lane="bulk")])


def _in_pieces(kind: str, step: Callable[[Session, int, dict[str, Any], datetime], dict[str, Any] | None]) -> Local:
    """Work on a whole shop, a piece in each transaction: what `step` gives back is the next piece's payload.

    The next piece is a row written in the transaction of the one before: whatever is interrupted goes on from there, and
    nobody waits behind a whole shop.
    """

    def run(session: Session, shop_id: int, rows: list[WorkRow], now: datetime) -> None:
        for row in rows:
            more = step(session, shop_id, row.payload, now)
            if more is not None:
                work.add(session, [work.row(shop_id, kind, f"after {row.id}", more, now, lane="bulk")])

    return Local(run)


def _purge(session: Session, shop_id: int, _rows: list[WorkRow], now: datetime) -> None:
    """Periodic work that is long done is forgotten; its period never comes back."""
    periodic = [entry.kind for entry in runtime.current().timetable]
    old = (WorkRow.done_at < now - _KEPT) & (WorkRow.state == "done") & WorkRow.kind.in_(periodic)
    session.execute(delete(WorkRow).where(WorkRow.shop_id == shop_id, old))


HANDLERS: dict[str, Handler] = {
    "ledger.settle": Local(_settle),
    "lifecycle.sweep": _in_pieces("lifecycle.sweep", lifecycle.sweep),
    "ledger.seal": _in_pieces("ledger.seal", ledger.seal),
    "work.purge": Local(_purge),
}

TIMETABLE = [
    Periodic("ledger.settle", "ten_minutes"),
    Periodic("lifecycle.sweep", "night"),
    Periodic("ledger.seal", "night"),
    Periodic("work.purge", "night"),
]
