"""The nightly look at everybody, in pieces: first orders grow old, and activity follows each customer's own rhythm.

Three walks over the shop's customers, a page in each call: the stages of those who are acquiring; the gaps between
orders, added up into the shop's rhythm; the activity that it gives each customer.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from regulars.customers import Customer
from regulars.lifecycle.activity import Activity, Tally, activity, gaps_days, survival
from regulars.lifecycle.models import StageChange
from regulars.lifecycle.service import moves_so_far, restate
from regulars.orders import Order

_SECONDS_A_DAY = 86_400
_STAGES_AT_ONCE = 500
_CUSTOMERS_AT_ONCE = 2_000
_WRITTEN_AT_ONCE = 500  # databases take some ten thousand values in a statement

_Changed = tuple[str, str | None, Activity | None]


def sweep(session: Session, shop_id: int, so_far: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """One piece of the night. `so_far` is empty at first and then what the call before gave back; None at the end."""
    walk, after = so_far.get("walk", "stages"), so_far.get("after", "")
    tally = Tally(**so_far.get("tally", {}))
    match walk:
        case "stages":
            last = _sweep_stages(session, shop_id, after, now)
        case "rhythm":
            last = _add_up(session, shop_id, after, tally)
        case _:
            last = _sweep_activity(session, shop_id, after, tally, now)
    if last is None:
        walk = {"stages": "rhythm", "rhythm": "activity"}.get(walk)
    return {"walk": walk, "after": last or "", "tally": asdict(tally)} if walk else None


def _sweep_stages(session: Session, shop_id: int, after: str, now: datetime) -> str | None:
    acquiring = and_(Customer.shop_id == shop_id, Customer.stage == "acquire", Customer.id > after)
    question = select(Customer.id).where(acquiring).order_by(Customer.id).limit(_STAGES_AT_ONCE)
    ids = list(session.scalars(question))
    if ids:
        restate(session, shop_id, ids, now)
    return ids[-1] if len(ids) == _STAGES_AT_ONCE else None


def _add_up(session: Session, shop_id: int, after: str, tally: Tally) -> str | None:
    page = _page(session, shop_id, after)
    for times in _order_times(session, shop_id, page).values():
        tally.add(gaps_days(times))
    return _last(page)


def _sweep_activity(session: Session, shop_id: int, after: str, tally: Tally, now: datetime) -> str | None:
    page = _page(session, shop_id, after)
    rhythm = tally.rhythm()
    fresh: dict[str, Activity] = {}
    for customer_id, times in _order_times(session, shop_id, page).items():
        elapsed_days = (now.timestamp() - times[-1]) / _SECONDS_A_DAY
        fresh[customer_id] = activity(survival(gaps_days(times), elapsed_days, rhythm))
    changed = [(id_, old, fresh.get(id_)) for id_, old in page if fresh.get(id_) != old]
    for start in range(0, len(changed), _WRITTEN_AT_ONCE):
        _write_activity(session, shop_id, changed[start : start + _WRITTEN_AT_ONCE], now)
    return _last(page)


def _page(session: Session, shop_id: int, after: str) -> list[tuple[str, str | None]]:
    """The next customers, with the activity they have."""
    question = select(Customer.id, Customer.activity).where(Customer.shop_id == shop_id, Customer.id > after)
    return [(row[0], row[1]) for row in session.execute(question.order_by(Customer.id).limit(_CUSTOMERS_AT_ONCE))]


def _last(page: list[tuple[str, str | None]]) -> str | None:
    """After whom the next page begins; None when there is none."""
    return page[-1][0] if len(page) == _CUSTOMERS_AT_ONCE else None


def _order_times(session: Session, shop_id: int, page: list[tuple[str, str | None]]) -> dict[str, list[float]]:
    """When the customers of this page ordered, in seconds, oldest first; those without a standing order are left out."""
    if not page:
        return {}
    question = (
        select(Order.customer_id, Order.placed_at)
        .where(Order.shop_id == shop_id, Order.standing, Order.customer_id.between(page[0][0], page[-1][0]))
        .where(Order.placed_at.is_not(None))
        .order_by(Order.customer_id, Order.placed_at)
    )
    rows = groupby(session.execute(question), lambda row: str(row[0]))
    return {customer_id: [row[1].timestamp() for row in own if row[1]] for customer_id, own in rows}


def _write_activity(session: Session, shop_id: int, changed: Sequence[_Changed], now: datetime) -> None:
    for new in (*Activity, None):
        ids = [id_ for id_, _, to in changed if to is new]
        mine = (Customer.shop_id == shop_id) & Customer.id.in_(ids)
        if ids:
            session.execute(update(Customer).where(mine).values(activity=new))
    counts = moves_so_far(session, shop_id, [id_ for id_, _, _ in changed])
    session.add_all(
        StageChange(
            shop_id=shop_id, customer_id=id_, seq=counts.get(id_, 0) + 1, track="activity", old=old, new=new.value,
            why="own_rhythm", detail={}, at=now, recorded_at=now,
        )
        for id_, old, new in changed
        if new
    )  # fmt: skip
    session.flush()
