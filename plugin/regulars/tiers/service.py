"""Restate which tier a customer stands on, from the points they earned that are no longer on hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from regulars import outbound, signals
from regulars.bulk import among, as_ids, insert_all
from regulars.customers import Customer, HeldCustomer, with_history
from regulars.ledger import Book
from regulars.program import Program
from regulars.tiers.ladder import step_for
from regulars.tiers.models import TierChange
from regulars.values import iso


@dataclass(frozen=True, slots=True)
class _Step:
    """One change of a customer's tier, and when it holds from."""

    seq: int
    new: str | None
    at: datetime


class Standings:
    """The tiers of a batch of customers while points move: restated step by step, written once."""

    def __init__(
        self, session: Session, shop_id: int, customers: Mapping[str, Customer | HeldCustomer], now: datetime
    ) -> None:
        self._session = session
        self._shop_id = shop_id
        self._customers = customers
        self._now = now
        self._history = _history(session, shop_id, with_history(customers.values()))
        self._fresh: list[dict[str, Any]] = []

    def at(self, customer_id: str, moment: datetime) -> str | None:
        """The tier that was in force for a customer at a moment."""
        steps = [step for step in self._history.get(customer_id, ()) if step.at <= moment]
        return max(steps, key=lambda step: (step.at, step.seq)).new if steps else None

    def restate(self, book: Book, program: Program | None, at: datetime) -> None:
        """Compare the ladder with what has been earned and is released; a difference becomes a change."""
        customer = self._customers[book.customer_id]
        history = self._history.setdefault(customer.id, [])
        if history and at < history[-1].at:
            return  # a late order of long ago: what held then is told already, what holds now is restated at the end
        step = step_for(book.earned - book.pending, program.tiers) if program else None
        new = step.name if step else None
        if new == customer.tier:
            return
        why = "threshold_reached" if step and _climbs(program, customer.tier, new) else "points_taken_back"
        self._fresh.append(
            {
                "shop_id": self._shop_id, "customer_id": customer.id, "seq": len(history) + 1, "old": customer.tier,
                "new": new, "why": why, "at": at, "recorded_at": self._now,
            }
        )  # fmt: skip
        history.append(_Step(len(history) + 1, new, at))
        customer.tier = new

    def write(self) -> None:
        """Write the changes and tell the host of each after the commit."""
        insert_all(self._session, TierChange, self._fresh)
        outbound.announce(self._session, self._shop_id, [_event(change) for change in self._fresh], self._now)
        told = [{name: change[name] for name in ("shop_id", "customer_id", "old", "new")} for change in self._fresh]
        signals.tell_each(self._session, signals.tier_changed, told)


def _event(change: dict[str, Any]) -> outbound.Event:
    data = {
        "customer_id": change["customer_id"], "from": change["old"], "to": change["new"], "why": change["why"],
        "at": iso(change["at"]),
    }  # fmt: skip
    return outbound.Event("tier.changed", f"tier:{change['customer_id']}:{change['seq']}", data)


def _climbs(program: Program | None, old: str | None, new: str | None) -> bool:
    order: list[str | None] = [None, *(tier.name for tier in program.tiers)] if program else [None]
    return old not in order or order.index(new) > order.index(old)


def _history(session: Session, shop_id: int, customer_ids: list[str]) -> dict[str, list[_Step]]:
    history: dict[str, list[_Step]] = {}
    if not customer_ids:
        return history
    for customer_id, *step in session.execute(_STEPS, {"shop_id": shop_id, "ids": as_ids(customer_ids)}):
        history.setdefault(customer_id, []).append(_Step(*step))
    return history


_CHANGE = TierChange.__table__.c
_STEPS = (
    select(_CHANGE.customer_id, _CHANGE.seq, _CHANGE.new, _CHANGE.at)
    .where(_CHANGE.shop_id == bindparam("shop_id"), among(_CHANGE.customer_id, "ids"))
    .order_by(_CHANGE.seq)
)
