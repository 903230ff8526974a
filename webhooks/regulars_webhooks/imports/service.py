"""How far an import has come, and the next piece of it: effect and progress in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from regulars import pipeline, shops
from regulars.bulk import insert_new
from regulars.db import Base, all_shops
from regulars.errors import Conflict
from regulars.facts import Fact, Origin
from regulars_webhooks.imports.models import ImportPart, ImportRow


@dataclass(frozen=True, slots=True)
class Place:
    """One file, by its SHA-256, read as one kind, for one shop."""

    shop_id: int
    file_hash: str
    kind: str


def begin(session: Session, place: Place, parts: int, now: datetime) -> tuple[list[int], bool]:
    """Start the import of a file in so many parts, or go on with those it has: how many records of each are applied.

    And whether all is done already.
    """
    own = {"shop_id": place.shop_id, "file_hash": place.file_hash, "kind": place.kind}
    insert_new(session, ImportRow, [own | {"started_at": now}])
    row = session.get(ImportRow, (place.shop_id, place.file_hash, place.kind), with_for_update=True)
    assert row is not None, "it was inserted just now, or before"
    if not _parts(session, place):
        insert_new(session, ImportPart, [own | {"part": part, "passed": 0, "applied": 0} for part in range(parts)])
    return _parts(session, place), row.finished_at is not None


def _parts(session: Session, place: Place) -> list[int]:
    mine = select(ImportPart.applied).where(
        ImportPart.shop_id == place.shop_id, ImportPart.file_hash == place.file_hash, ImportPart.kind == place.kind
    )
    return list(session.scalars(mine.order_by(ImportPart.part)))


def applied_so_far(session: Session, place: Place) -> int:
    """How many records of the file are applied, in all its parts."""
    return sum(_parts(session, place))


#: A piece that a power cut takes takes its progress along (docs/decisions/0016); `finish` waits until all is on the disk.
_NOT_WAITED_FOR = text("SET LOCAL synchronous_commit = off")


def advance(
    session: Session, place: Place, part: int, before: int, after: int, facts: Sequence[Fact], now: datetime
) -> int:
    """Apply the next facts of a part. Raises Conflict when another import is at the same part.

    Gives a number that changes when others wrote to the same SQLite file meanwhile; always 0 on PostgreSQL.
    """
    if not is_sqlite(session):
        session.execute(_NOT_WAITED_FOR)
    result = session.execute(
        update(ImportPart)
        .where(ImportPart.shop_id == place.shop_id, ImportPart.file_hash == place.file_hash)
        .where(ImportPart.kind == place.kind, ImportPart.part == part, ImportPart.passed == before)
        .values(passed=after, applied=after)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Another import is working on this file; wait for it, or run this one again later.")
    if facts:
        pipeline.apply(session, shops.get_shop(session, place.shop_id), facts, now, origin=Origin.BACKFILL)
    return session.scalar(text("PRAGMA data_version")) or 0 if is_sqlite(session) else 0


def is_sqlite(session: Session) -> bool:
    """Whether one writer keeps out all others."""
    return session.get_bind().dialect.name == "sqlite"


def finish(session: Session, place: Place, now: datetime) -> None:
    """Note that the whole file is applied."""
    session.execute(
        update(ImportRow)
        .where(ImportRow.shop_id == place.shop_id, ImportRow.file_hash == place.file_hash, ImportRow.kind == place.kind)
        .values(finished_at=now)
        .execution_options(synchronize_session=False)
    )


def refresh_statistics(session: Session) -> None:
    """Let PostgreSQL count its rows: plans that were made while the tables were empty would read them whole."""
    if is_sqlite(session):
        return
    ours = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with all_shops("statistics"):
        session.connection().exec_driver_sql(f"ANALYZE {ours}")
