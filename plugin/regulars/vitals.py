"""How the installation is, read from its rows: what waits, what failed, what is late. Doctor and /metrics ask here.

Everything looks across shops, so call it inside `all_shops("metrics")`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from regulars import audit, runtime
from regulars.audit import AuditRow
from regulars.db import database_now
from regulars.ledger import AccountRow, SealRow
from regulars.outbound.models import Endpoint
from regulars.shops import INSTALLATION
from regulars.shops.models import Shop
from regulars.work import Drain, WorkRow, is_open
from regulars.work.timetable import period

VERIFIED, VERIFY_FAILED = "verify.clean", "verify.failed"
_TICK = "ten_minutes"
_TEN_MINUTES = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One drain's open rows: how many are ready and leased, since when the oldest due one waits, what is overdue."""

    ready: int
    leased: int
    oldest_seconds: float
    leases_overdue: int  # leased, and the lease has run out: its worker died, and nobody has taken over yet
    retrying: dict[str, int]  # by kind: they failed, and wait for another try


def waiting(session: Session, drain: Drain, now: datetime) -> Waiting:
    """What is open in one drain; the partial index on open rows serves all of it."""
    table: Any = drain.table
    is_leased, is_due = table.lease_token.is_not(None), table.run_at <= now
    overdue = is_leased & (table.lease_until < database_now(session))
    question = select(
        func.count(), _count(is_leased), _count(overdue), func.min(case((is_due, table.run_at)))
    ).where(is_open(table))  # fmt: skip
    number, leased, late, oldest = session.execute(question).one()
    failed = select(table.kind, func.count()).where(is_open(table), table.last_error.is_not(None)).group_by(table.kind)
    return Waiting(
        ready=number - leased,
        leased=leased,
        oldest_seconds=(now - oldest).total_seconds() if oldest else 0.0,
        leases_overdue=late,
        retrying={str(row[0]): int(row[1]) for row in session.execute(failed)},
    )


def _count(condition: Any) -> Any:
    return func.count(case((condition, 1)))


def dead(session: Session, drain: Drain) -> int:
    """How many rows of a drain wait for a person."""
    return session.scalar(select(func.count()).select_from(drain.table).where(_is_dead(drain.table))) or 0


def _is_dead(table: Any) -> Any:
    """With the state as a literal, or no database can tell that the partial index serves."""
    return table.state == literal("dead", literal_execute=True)


def unknown_outcomes(session: Session) -> int:
    """How many parcels left without an answer and wait for a person to look whether they arrived."""
    doubted = WorkRow.sending_since.is_not(None)
    return session.scalar(select(func.count()).select_from(WorkRow).where(_is_dead(WorkRow), doubted)) or 0


def shops_without_clock(session: Session, now: datetime) -> list[str]:
    """The keys of active shops whose periodic work nobody wrote, neither in these ten minutes nor in those before."""
    kinds = [entry.kind for entry in runtime.current().timetable if entry.every == _TICK]
    moments = (now, now - _TEN_MINUTES)
    keys = [f"{kind}:{period(_TICK, moment, ZoneInfo('UTC'))}" for kind in kinds for moment in moments]
    ticked = select(WorkRow.id).where(WorkRow.shop_id == Shop.id, WorkRow.key.in_(keys)).exists()
    active = (Shop.state == "active") & (Shop.created_at < now - _TEN_MINUTES)
    return list(session.scalars(select(Shop.key).where(active, ~ticked).order_by(Shop.key)))


def seal_ages(session: Session, now: datetime) -> Iterator[tuple[str, float]]:
    """For each active shop with a ledger: its key, and how many seconds ago its accounts were last sealed.

    A shop that never was counts from the day it was connected.
    """
    last = select(func.max(SealRow.cut_at)).where(SealRow.shop_id == Shop.id).scalar_subquery()
    kept = select(AccountRow.shop_id).where(AccountRow.shop_id == Shop.id).exists()
    question = select(Shop.key, Shop.created_at, last).where(Shop.state == "active", kept).order_by(Shop.key)
    for key, created_at, cut_at in session.execute(question):
        since: datetime | None = cut_at
        yield key, (now - (since or created_at)).total_seconds()


def disabled_endpoints(session: Session) -> list[tuple[str, str]]:
    """Shop key and address of each endpoint that hears nothing any more because it refused or is gone."""
    joined = select(Shop.key, Endpoint.url).join(Endpoint, Endpoint.shop_id == Shop.id)
    return [(row[0], row[1]) for row in session.execute(joined.where(Endpoint.disabled_at.is_not(None)))]


def remember_verification(session: Session, good: bool, now: datetime) -> None:
    """Write down what `regulars verify` found, so that doctor and /metrics can tell."""
    audit.record(session, INSTALLATION, "operator", VERIFIED if good else VERIFY_FAILED, "installation", now)


def last_verification(session: Session) -> tuple[datetime, bool] | None:
    """When `regulars verify` last ran, and whether everything was clean; None when it never ran."""
    mine = (AuditRow.shop_id == INSTALLATION) & AuditRow.action.in_((VERIFIED, VERIFY_FAILED))
    row = session.scalar(select(AuditRow).where(mine).order_by(AuditRow.at.desc()).limit(1))
    return None if row is None else (row.at, row.action == VERIFIED)
