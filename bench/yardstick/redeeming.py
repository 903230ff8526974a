"""The yardstick's redemption: points are held, the lots that end soonest give them, one entry says so; two ways to do it.

`optimistic` reads, writes, and begins again when the account's version was another one meanwhile; `locked` takes the
account's row with SELECT FOR UPDATE first.
"""

import random
import time
from datetime import UTC, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from bench.yardstick.models import Account, Entry, Lot

_LOTS_AT_ONCE = 10
_LONGEST_WAIT_SECONDS = 0.005


def optimistic(session: Session, customer_id: int, points: int, key: str) -> int:
    """Redeem and commit; how often it had to begin again."""
    tries = 0
    while True:
        try:
            _redeem(session, session.get_one(Account, customer_id), points, key)
            session.commit()
        except StaleDataError:
            session.rollback()
            tries += 1
            time.sleep(random.uniform(0, _LONGEST_WAIT_SECONDS))
        else:
            return tries


def locked(session: Session, customer_id: int, points: int, key: str) -> int:
    """Redeem under the lock and commit; it never begins again."""
    account = session.scalars(select(Account).where(Account.customer_id == customer_id).with_for_update()).one()
    _redeem(session, account, points, key)
    session.commit()
    return 0


def _redeem(session: Session, account: Account, points: int, key: str) -> None:
    if account.available < points:
        raise ValueError(f"{account.available} points are fewer than {points}")
    account.available -= points
    account.reserved += points
    session.flush()  # whoever met somebody finds out before the lots are read
    missing = points
    while missing:
        for lot in session.scalars(_open_lots(account.customer_id)).all():
            taken = min(lot.remaining, missing)
            lot.remaining -= taken
            missing -= taken
            if not missing:
                break
    entry = Entry(
        customer_id=account.customer_id, order_id=None, kind="reserve", points=points, idempotency_key=key,
        at=datetime.now(UTC), available_after=account.available, pending_after=account.pending,
    )  # fmt: skip
    session.add(entry)


def _open_lots(customer_id: int) -> Select[Lot]:
    mine = select(Lot).where(Lot.customer_id == customer_id, Lot.remaining > 0)
    return mine.order_by(Lot.expires_at, Lot.id).limit(_LOTS_AT_ONCE)
