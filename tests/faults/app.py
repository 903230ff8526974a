"""The app under fault, as its processes make it (REGULARS_APP=tests.faults.app:create_app): the standalone one with some
work of the tests, whose every effect is a row in a table of the tests. An effect that happened twice is there twice.
"""

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Column, Float, Integer, MetaData, Table, Text, insert, select, text
from sqlalchemy.orm import Session

from regulars import runtime, standalone
from regulars.work import Local, Periodic, WorkRow

#: What the handlers below did: the number of the row, and when, in seconds since 1970 on this machine's clock.
EFFECTS = Table("effects", MetaData(), Column("n", Integer), Column("at", Float), Column("note", Text))

COUNT, RAISE, HOLD, LOCK, NIGHTLY = "test.count", "test.raise", "test.hold", "test.lock", "test.night"


def create_app() -> Flask:
    """The standalone app; what FAULTS_IDLE_SECONDS says is how soon PostgreSQL ends a transaction that is silent."""
    app = standalone.create_app(_impatient(os.environ.get("FAULTS_IDLE_SECONDS")))
    hand = runtime.of(app)
    hand.handlers |= {
        COUNT: Local(count), RAISE: Local(always_raises), HOLD: Local(hold), LOCK: Local(lock_and_hold),
        NIGHTLY: Local(night),
    }  # fmt: skip
    hand.timetable.append(Periodic(NIGHTLY, "night"))
    return app


def _impatient(seconds: str | None) -> dict[str, Any]:
    if seconds is None:
        return {}
    known = dict(standalone.POSTGRES_CONNECTION)
    sooner = {"options": f"{known['options']} -c idle_in_transaction_session_timeout={int(seconds) * 1000}"}
    return {"SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True, "connect_args": known | sooner}}


def note(session: Session, n: int, words: str = "") -> None:
    """One effect."""
    session.execute(insert(EFFECTS).values(n=n, at=time.time(), note=words))


def count(session: Session, _shop_id: int, rows: list[WorkRow], _now: datetime) -> None:
    """One effect for each row."""
    effects: list[dict[str, Any]] = [{"n": row.payload["n"], "at": time.time(), "note": ""} for row in rows]
    session.execute(insert(EFFECTS), effects)


def always_raises(_session: Session, _shop_id: int, _rows: list[WorkRow], _now: datetime) -> None:
    """A fault of the handler's own, at every try."""
    raise ValueError("this handler always raises")


def hold(session: Session, _shop_id: int, rows: list[WorkRow], _now: datetime) -> None:
    """One effect for each row, and then the transaction stays open until the file that the payload names is gone."""
    for row in rows:
        note(session, row.payload["n"])
        _wait(row)


def lock_and_hold(session: Session, shop_id: int, rows: list[WorkRow], _now: datetime) -> None:
    """The same, with the shop's customers locked first, as an order does."""
    locking = text("SELECT id FROM regulars_customers WHERE shop_id = :shop_id ORDER BY id FOR UPDATE")
    for row in rows:
        session.execute(locking, {"shop_id": shop_id})
        note(session, row.payload["n"])
        _wait(row)


def _wait(row: WorkRow) -> None:
    gate = Path(row.payload["gate"])
    gate.with_suffix(".reached").touch()
    while gate.exists():
        time.sleep(0.02)


def night(session: Session, shop_id: int, rows: list[WorkRow], _now: datetime) -> None:
    """What a daily job does: it says for which day it ran."""
    mine = select(WorkRow.key).where(WorkRow.shop_id == shop_id, WorkRow.id.in_([row.id for row in rows]))
    for key in session.scalars(mine):
        note(session, 0, key.removeprefix(f"{NIGHTLY}:"))


def effects(session: Session) -> list[tuple[int, float, str]]:
    """Everything the handlers did, oldest first: number, time, note."""
    return [(row.n, row.at, row.note) for row in session.execute(select(EFFECTS).order_by(EFFECTS.c.at))]
