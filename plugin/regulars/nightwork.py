"""Periodic work of the plugin: settle what is due, move the lifecycle at night, seal the ledger."""

from datetime import datetime

from sqlalchemy.orm import Session

from regulars import ledger, lifecycle, pipeline, program, shops, work
from regulars.values import new_id
from regulars.work import Handler, Local, Periodic, WorkRow

_SETTLED_AT_ONCE = 500


def _settle(session: Session, shop_id: int, _rows: list[WorkRow], now: datetime) -> None:
    unit = program.programs(session, shop_id).unit
    due = ledger.due_customers(session, shop_id, unit, now, _SETTLED_AT_ONCE)
    if due:
        pipeline.settle_due(session, shops.get_shop(session, shop_id), due, now)
    if len(due) == _SETTLED_AT_ONCE:
        work.add(session, [work.row(shop_id, "ledger.settle", f"more:{new_id()}", {}, now, lane="bulk")])


def _sweep(session: Session, shop_id: int, _rows: list[WorkRow], now: datetime) -> None:
    lifecycle.sweep(session, shop_id, now)


def _seal(session: Session, shop_id: int, _rows: list[WorkRow], now: datetime) -> None:
    ledger.seal(session, shop_id, now)


HANDLERS: dict[str, Handler] = {
    "ledger.settle": Local(_settle),
    "lifecycle.sweep": Local(_sweep),
    "ledger.seal": Local(_seal),
}

TIMETABLE = [
    Periodic("ledger.settle", "ten_minutes"),
    Periodic("lifecycle.sweep", "night"),
    Periodic("ledger.seal", "night"),
]
