"""Points as a host or an edge moves them: whatever fell due before is settled first, with its tier and its notice.

The verbs of `ledger` move points and nothing else. These do the same with what belongs to them; like every service they take
the session first and never commit. `Counter` is the edge for shoppers who redeem at the same moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from regulars import ledger, pipeline, shops
from regulars.bulk import among, as_ids
from regulars.db import unit_of_work
from regulars.errors import RegularsError
from regulars.group_commit import GroupCommit
from regulars.ledger import AccountRow, Cause, Redemption

_ACCOUNT = AccountRow.__table__.c
_DUE = select(_ACCOUNT.customer_id).where(
    _ACCOUNT.shop_id == bindparam("shop_id"), _ACCOUNT.unit == bindparam("unit"),
    _ACCOUNT.next_due_at <= bindparam("now", type_=_ACCOUNT.next_due_at.type), among(_ACCOUNT.customer_id, "ids"),
)  # fmt: skip


def adjust(
    session: Session, shop_id: int, customer_id: str, unit: str, points: Any, cause: Cause, key: str, now: datetime,
    expires_at: datetime | None = None,
) -> None:  # fmt: skip
    """Give (or, negative, take) points by hand, once for each `key` of a customer. Raises as `ledger.adjust` does."""
    settle_due(session, shop_id, [customer_id], unit, now)
    ledger.adjust(session, shop_id, customer_id, unit, points, cause, key, now, expires_at)


def redeem_all(
    session: Session, shop_id: int, unit: str, asked: Sequence[Redemption], now: datetime
) -> list[RegularsError | None]:
    """Take steps of many redemptions together: for each why it was refused, or None; as `ledger.redeem_all` does."""
    settle_due(session, shop_id, [one.customer_id for one in asked], unit, now)
    return ledger.redeem_all(session, shop_id, unit, asked, now)


def settle_due(session: Session, shop_id: int, customer_ids: Sequence[str], unit: str, now: datetime) -> None:
    """Let time have passed for those of whom something is due; for most there is nothing, and it costs one look."""
    given = {"shop_id": shop_id, "unit": unit, "now": now, "ids": as_ids(set(customer_ids))}
    due = list(session.scalars(_DUE, given))
    if due:
        pipeline.settle_due(session, shops.get_shop(session, shop_id), due, now)


@dataclass(frozen=True, slots=True)
class _Asked:
    shop_id: int
    unit: str
    redemption: Redemption
    now: datetime


class Counter:
    """Where shoppers of one app redeem: what comes at the same moment shares one transaction, one lock for each account.

    So nobody waits for the commit of whoever came just before; a crowd on one account is served in the order it came.
    """

    def __init__(self) -> None:
        self._together: GroupCommit[_Asked, RegularsError | None] = GroupCommit(_serve)

    def redeem(self, shop_id: int, unit: str, asked: Redemption, now: datetime) -> None:
        """Take one step and commit it. Raises NotEnoughPoints, KeyReused, InvalidInput, NotFound; nothing moved then."""
        refusal = self._together.do(_Asked(shop_id, unit, asked, now))
        if refusal is not None:
            raise refusal


def _serve(asked: Sequence[_Asked]) -> list[RegularsError | None]:
    return unit_of_work(lambda session: _serve_in(session, asked))


def _serve_in(session: Session, asked: Sequence[_Asked]) -> list[RegularsError | None]:
    """Shop by shop and unit by unit, always in the same order, so that two batches never wait in a circle."""
    refusals: dict[int, RegularsError | None] = {}
    now = max(one.now for one in asked)
    for place in sorted({(one.shop_id, one.unit) for one in asked}):
        numbers = [number for number, one in enumerate(asked) if (one.shop_id, one.unit) == place]
        outcomes = redeem_all(session, *place, [asked[number].redemption for number in numbers], now)
        refusals |= dict(zip(numbers, outcomes, strict=True))
    return [refusals[number] for number in range(len(asked))]
