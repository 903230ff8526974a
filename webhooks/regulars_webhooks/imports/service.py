"""How far an import has come, and the next piece of it: effect and progress in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from regulars import pipeline, shops
from regulars.db import insert_new
from regulars.errors import Conflict
from regulars.facts import Fact, Origin
from regulars_webhooks.imports.models import ImportRow


def begin(session: Session, shop_id: int, file_hash: str, kind: str, now: datetime) -> tuple[int, bool]:
    """Start the import of a file, or go on with it: how many records are applied already, and whether that is all."""
    row = {"shop_id": shop_id, "file_hash": file_hash, "kind": kind, "applied": 0, "started_at": now}
    insert_new(session, ImportRow, [row])
    known = session.get(ImportRow, (shop_id, file_hash, kind))
    assert known is not None, "it was inserted just now, or before"
    return known.applied, known.finished_at is not None


def advance(
    session: Session, shop_id: int, place: tuple[str, str], facts: Sequence[Fact], applied: int, now: datetime
) -> None:
    """Apply the next facts, of which `applied` come before. Raises Conflict when another import is at the same file."""
    file_hash, kind = place
    result = session.execute(
        update(ImportRow)
        .where(ImportRow.shop_id == shop_id, ImportRow.file_hash == file_hash, ImportRow.kind == kind)
        .where(ImportRow.applied == applied)
        .values(applied=applied + len(facts))
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Another import is working on this file; wait for it, or run this one again later.")
    pipeline.apply(session, shops.get_shop(session, shop_id), facts, now, origin=Origin.BACKFILL)


def finish(session: Session, shop_id: int, file_hash: str, kind: str, now: datetime) -> None:
    """Note that the whole file is applied."""
    session.execute(
        update(ImportRow)
        .where(ImportRow.shop_id == shop_id, ImportRow.file_hash == file_hash, ImportRow.kind == kind)
        .values(finished_at=now)
        .execution_options(synchronize_session=False)
    )
