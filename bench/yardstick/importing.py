"""The yardstick's import: marshmallow for each line, the ORM for each order, a commit each (or every so many)."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.yardstick.schemas import HISTORY_ORDER
from bench.yardstick.service import from_history, record


def import_lines(engine: Engine, lines: Iterable[str], *, commit_every: int = 1) -> int:
    """Apply orders of a file; how many."""
    count = 0
    with Session(engine) as session:
        for count, line in enumerate(lines, 1):
            record(session, from_history(HISTORY_ORDER.loads(line)), datetime.now(UTC))
            if count % commit_every == 0:
                session.commit()
                session.expunge_all()
        session.commit()
    return count
