"""Write work down, claim it, finish it, bury it. The row is the truth; the doorbell only makes it quick."""

from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from regulars import runtime
from regulars.bulk import among, as_ids, insert_new
from regulars.db import after_commit, database_now
from regulars.errors import LostLease
from regulars.values import new_id
from regulars.work.models import OPEN_STATES, Leased, WorkRow

_ERROR_LENGTH = 500
#: What no handler reads of a row it was given: the lease's own business, and what made it the same row.
_NOT_FOR_HANDLERS = {
    "state", "lease_until", "lease_token", "done_at", "delivery_id", "event_id", "body_hash", "customer_id", "order_id",
}  # fmt: skip


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


def _claimable(table: Any) -> Any:
    """Due by the app's clock, and free or left behind by the database's."""
    free = or_(table.lease_until.is_(None), table.lease_until < bindparam("database_time"))
    return and_(is_open(table), table.run_at <= bindparam("now"), free)


@lru_cache
def _shops_with_due_rows(table: Any) -> Any:
    """From shop to shop along the index of open rows: a mountain of one shop's rows costs one step, not a look at each."""
    first = select(func.min(table.shop_id).label("shop_id")).where(is_open(table))
    reached = first.cte("reached", recursive=True)
    following = select(func.min(table.shop_id)).where(is_open(table), table.shop_id > reached.c.shop_id)
    reached = reached.union_all(
        select(following.correlate(reached).scalar_subquery()).where(reached.c.shop_id.is_not(None))
    )
    due = select(table.shop_id).where(table.shop_id == reached.c.shop_id, _claimable(table)).limit(1)
    is_due = due.correlate(reached).scalar_subquery().is_not(None)  # as EXISTS, PostgreSQL would hash every due row
    return select(reached.c.shop_id).where(reached.c.shop_id.is_not(None), is_due).order_by(reached.c.shop_id)


def shops_with_due_rows(session: Session, table: Any, now: datetime) -> list[int]:
    """The shops that have rows to claim; call it inside `all_shops`."""
    times = {"now": now, "database_time": database_now(session)}
    return list(session.scalars(_shops_with_due_rows(table), times))


@lru_cache
def _claiming(table: Any) -> Any:
    """One walk along the index of open rows, which leases what it finds and gives back what a handler reads.

    No index speaks of what a lease changes: PostgreSQL writes the row anew on its own page and leaves them alone (HOT).
    """
    due = (
        select(table.id)
        .where(
            table.shop_id == bindparam("shop"), _claimable(table), table.lane.in_(bindparam("lanes", expanding=True))
        )
        .order_by(table.run_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    columns = table.__table__.c
    return (
        update(table.__table__)
        .where(columns.shop_id == bindparam("shop"), columns.id.in_(select(due.c.id)))
        .values(lease_until=bindparam("until"), lease_token=bindparam("token"), attempts=columns.attempts + 1)
        .returning(*[column for column in columns if column.name not in _NOT_FOR_HANDLERS])
    )


def claim(session: Session, table: Any, shop_id: int, now: datetime, token: str, limit: int) -> list[Any]:
    """Lease up to `limit` due rows of one shop to `token`, live ones first; the lease runs on the database's clock.

    What comes back has the columns that handlers read: no instances of the ORM, which cost more than the work itself.
    """
    database_time = database_now(session)
    until = database_time + timedelta(seconds=runtime.current().settings.lease_seconds)
    said = {"shop": shop_id, "now": now, "database_time": database_time, "until": until, "token": token}
    rows: list[Any] = []
    for lanes in (["live"], ["bulk"]):
        if len(rows) < limit:
            leased = session.execute(_claiming(table), said | {"lanes": lanes, "most": limit - len(rows)})
            rows += sorted(leased.all(), key=attrgetter("run_at", "id"))
    return rows


def _held(table: Any) -> Any:
    return and_(table.shop_id == bindparam("shop"), table.lease_token == bindparam("token"))


@lru_cache
def _renewing(table: Any) -> Any:
    return update(table.__table__).where(is_open(table), _held(table)).values(lease_until=bindparam("until"))


def renew(session: Session, table: Any, shop_id: int, token: str) -> None:
    """Push out the end of every lease that `token` holds."""
    until = database_now(session) + timedelta(seconds=runtime.current().settings.lease_seconds)
    session.execute(_renewing(table), {"shop": shop_id, "token": token, "until": until})


@lru_cache
def _finishing(table: Any) -> Any:
    return (
        update(table.__table__)
        .where(_held(table), among(table.id, "ids"))
        .values(
            state=bindparam("ends_as"),
            done_at=bindparam("now"),
            last_error=bindparam("why"),
            lease_token=None,
            lease_until=None,
        )
    )


def finish(
    session: Session, table: Any, shop_id: int, ids: list[str], token: str, now: datetime, *, state: str = "done",
    why: str | None = None,
) -> None:  # fmt: skip
    """Close rows that `token` still holds. Raises LostLease, which rolls the work back, when another took one over."""
    said = {"shop": shop_id, "ids": as_ids(ids), "token": token, "ends_as": state, "now": now, "why": why}
    result = session.execute(_finishing(table), said)
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
    if table is WorkRow and not keep_sending:
        values["sending_since"] = None
    result = session.execute(
        update(table)
        .where(table.shop_id == item.shop_id, table.id == item.id, table.lease_token == token)  # type: ignore[attr-defined]
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease("Another worker took over this work; its failure here changes nothing.")


@lru_cache
def _letting_go(table: Any) -> Any:
    freed = {"lease_token": None, "lease_until": None, "attempts": table.attempts - 1}
    return update(table.__table__).where(is_open(table), _held(table)).values(**freed)


def let_go(session: Session, table: Any, shop_id: int, token: str) -> None:
    """Give back what `token` claimed and did not get to, as if it had not been claimed."""
    session.execute(_letting_go(table), {"shop": shop_id, "token": token})


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
