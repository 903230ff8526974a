"""Write work down, claim it, finish it, bury it. The row is the truth; the doorbell only makes it quick."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, case, or_, select, tuple_, update
from sqlalchemy.orm import Session

from regulars import runtime
from regulars.db import after_commit, database_now, insert_new
from regulars.errors import LostLease
from regulars.values import new_id
from regulars.work.models import OPEN_STATES, Leased, WorkRow

_ERROR_LENGTH = 500


def row(
    shop_id: int, kind: str, key: str, payload: dict[str, Any], now: datetime, *, run_at: datetime | None = None,
    lane: str = "live",
) -> dict[str, Any]:  # fmt: skip
    """A work row ready for `add`; `key` makes it the same work, which is then written and done once."""
    return {
        "shop_id": shop_id, "id": new_id(), "kind": kind, "lane": lane, "key": f"{kind}:{key}", "payload": payload,
        "created_at": now, "run_at": run_at or now, "state": "ready", "attempts": 0,
    }  # fmt: skip


def add(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write work in the transaction that causes it, and ring after its commit."""
    insert_new(session, WorkRow, rows)
    if rows:
        ring_after_commit(session)


def ring_after_commit(session: Session) -> None:
    """Let a worker know once this transaction has committed."""
    after_commit(session, runtime.current().doorbell.ring)


def is_open(table: Any) -> Any:
    """Rows that are not closed yet; with the states as literals, or no database can tell that the partial index serves."""
    states: BindParameter[Any] = bindparam("open_states", OPEN_STATES, expanding=True, literal_execute=True)
    return table.state.in_(states)


def _claimable(table: Any, now: datetime, database_time: datetime) -> Any:
    free = or_(table.state == "ready", table.lease_until < database_time)
    return and_(is_open(table), table.run_at <= now, free)


def shops_with_due_rows(session: Session, table: Any, now: datetime) -> list[int]:
    """The shops that have rows to claim; call it inside `all_shops`."""
    due = _claimable(table, now, database_now(session))
    return list(session.scalars(select(table.shop_id).where(due).distinct().order_by(table.shop_id)))


def claim(session: Session, table: Any, shop_id: int, now: datetime, token: str, limit: int) -> list[Any]:
    """Lease up to `limit` due rows of one shop to `token`, live ones first; the lease runs on the database's clock."""
    seconds = runtime.current().settings.lease_seconds
    database_time = database_now(session)
    order = [case((table.lane == "live", 0), else_=1), table.run_at, table.id]
    due = (
        select(table.id)
        .where(table.shop_id == shop_id, _claimable(table, now, database_time))
        .order_by(*order)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(due))
    session.execute(
        update(table)
        .where(table.shop_id == shop_id, table.id.in_(ids))
        .values(
            state="leased",
            lease_until=database_time + timedelta(seconds=seconds),
            lease_token=token,
            attempts=table.attempts + 1,
        )
        .execution_options(synchronize_session=False)
    )
    rows = session.scalars(select(table).where(table.shop_id == shop_id, table.id.in_(ids)).order_by(*order))
    return list(rows)


def renew(session: Session, table: Any, shop_id: int, token: str) -> None:
    """Push out the end of every lease that `token` holds."""
    until = database_now(session) + timedelta(seconds=runtime.current().settings.lease_seconds)
    session.execute(
        update(table)
        .where(table.shop_id == shop_id, is_open(table), table.state == "leased", table.lease_token == token)
        .values(lease_until=until)
        .execution_options(synchronize_session=False)
    )


def finish(
    session: Session, table: Any, shop_id: int, ids: list[str], token: str, now: datetime, *, state: str = "done",
    why: str | None = None,
) -> None:  # fmt: skip
    """Close rows that `token` still holds. Raises LostLease, which rolls the work back, when another took one over."""
    result = session.execute(
        update(table)
        .where(tuple_(table.shop_id, table.id).in_([(shop_id, id_) for id_ in ids]))
        .where(table.lease_token == token, table.state == "leased")
        .values(state=state, done_at=now, last_error=why, lease_token=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != len(ids):  # type: ignore[attr-defined]
        raise LostLease("Another worker took over this work; what this one did was rolled back.")


def put_back(
    session: Session, table: Any, item: Leased, token: str, error: str, run_at: datetime | None, now: datetime,
    *, keep_sending: bool = False,
) -> None:  # fmt: skip
    """After a failed try: due again at `run_at`, or a dead letter when there is none.

    `keep_sending` remembers that a call went out and no answer came. Raises LostLease when another worker holds the row:
    whatever else the failure would write is rolled back.
    """
    values: dict[str, Any] = {"last_error": error[:_ERROR_LENGTH], "lease_token": None, "lease_until": None}
    values |= {"state": "ready", "run_at": run_at} if run_at else {"state": "dead", "done_at": now}
    if isinstance(item, WorkRow) and not keep_sending:
        values["sending_since"] = None
    result = session.execute(
        update(table)
        .where(table.shop_id == item.shop_id, table.id == item.id, table.lease_token == token)  # type: ignore[attr-defined]
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease("Another worker took over this work; its failure here changes nothing.")


def let_go(session: Session, table: Any, shop_id: int, token: str) -> None:
    """Give back what `token` claimed and did not get to, as if it had not been claimed."""
    session.execute(
        update(table)
        .where(table.shop_id == shop_id, is_open(table), table.state == "leased", table.lease_token == token)
        .values(state="ready", lease_token=None, lease_until=None, attempts=table.attempts - 1)
        .execution_options(synchronize_session=False)
    )


def mark_sending(session: Session, item: WorkRow, token: str, now: datetime) -> None:
    """Remember, before a call goes out, that it does. Raises LostLease when another worker holds the row."""
    result = session.execute(
        update(WorkRow)
        .where(WorkRow.shop_id == item.shop_id, WorkRow.id == item.id, WorkRow.lease_token == token)
        .values(sending_since=now)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease("Another worker took over this parcel before it was sent.")
