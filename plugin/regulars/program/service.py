"""Publish program versions and find the one in force at a moment."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from regulars import audit
from regulars.errors import InvalidInput
from regulars.program.models import ProgramVersion
from regulars.program.rules import Program
from regulars.program.schemas import to_program

#: From when a shop's first program holds unless its owner says otherwise: past orders count too.
SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Programs:
    """All versions of a shop's program, oldest effect first."""

    versions: tuple[tuple[datetime, Program], ...]

    @property
    def unit(self) -> str:
        """What the shop's points are called in the ledger; the same in every version."""
        return self.versions[-1][1].unit if self.versions else "points"

    @property
    def newest(self) -> int | None:
        """The highest version there is: versions never change, so who knows it knows whether they know them all."""
        return max((program.version for _, program in self.versions), default=None)

    def at(self, moment: datetime) -> Program | None:
        """The version in force at a moment; None before the first."""
        in_force = [program for effective_from, program in self.versions if effective_from <= moment]
        return in_force[-1] if in_force else None

    def numbered(self, version: int | None) -> Program | None:
        """One version by its number."""
        return next((program for _, program in self.versions if program.version == version), None)


def publish(
    session: Session, shop_id: int, document: dict[str, Any], now: datetime, *, actor: str,
    effective_from: datetime | None = None,
) -> Program:  # fmt: skip
    """Publish a document as the next version. Raises InvalidInput when it does not fit; the running one stays.

    The first version holds for past orders too unless `effective_from` says otherwise; later ones from now on, and
    never from before the version they replace. The unit cannot change: balances are kept in it.
    """
    version = 1 + (
        session.scalar(select(func.max(ProgramVersion.version)).where(ProgramVersion.shop_id == shop_id)) or 0
    )
    program = to_program(document, version)
    before = programs(session, shop_id).versions
    starts = effective_from or (now if before else SINCE_EVER)
    if before and program.unit != before[-1][1].unit:
        raise InvalidInput(f"unit: it is {before[-1][1].unit!r} in the running program and cannot change.")
    if before and starts < before[-1][0]:
        raise InvalidInput("--from: a version cannot hold from before the one it replaces.")
    session.add(
        ProgramVersion(
            shop_id=shop_id, version=version, document=document, effective_from=starts, published_at=now,
            published_by=actor,
        )
    )  # fmt: skip
    session.flush()
    audit.record(session, shop_id, actor, "program.published", str(version), now)
    return program


def programs(session: Session, shop_id: int) -> Programs:
    """Every version of a shop's program."""
    rows = session.execute(_VERSIONS, {"shop_id": shop_id})
    return Programs(tuple((row[0], _parsed(json.dumps(row[1], sort_keys=True), row[2])) for row in rows))


_VERSION = ProgramVersion.__table__.c
_VERSIONS = (
    select(_VERSION.effective_from, _VERSION.document, _VERSION.version)
    .where(_VERSION.shop_id == bindparam("shop_id"))
    .order_by(_VERSION.effective_from, _VERSION.version)
)


@lru_cache(maxsize=1024)
def _parsed(document: str, version: int) -> Program:
    """A published document is read once per process: it never changes, and its own text is the key."""
    return to_program(json.loads(document), version)
