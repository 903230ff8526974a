"""The app as a user runs it, with one handler of the host's own: the smallest job there is, one UPDATE."""

from datetime import datetime

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from regulars import runtime
from regulars.standalone import create_app as standalone
from regulars.work import Local, WorkRow

KIND = "bench.see"


def create_app() -> Flask:
    """What REGULARS_APP names for the measure of the drain."""
    app = standalone()
    runtime.of(app).handlers[KIND] = Local(see)
    return app


def see(session: Session, _shop_id: int, rows: list[WorkRow], _now: datetime) -> None:
    """Mark what the rows speak of as seen; a batch is one statement."""
    ids = [int(row.payload["visit"]) for row in rows]
    places = ", ".join(map(str, ids))
    session.execute(text(f"UPDATE visits SET seen = true WHERE id IN ({places})"))
