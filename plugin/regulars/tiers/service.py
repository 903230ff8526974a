"""Restate which tier a customer stands on, from the points they earned that are no longer on hold."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import outbound, signals
from regulars.customers import Customer
from regulars.ledger import Book
from regulars.program import Program
from regulars.tiers.ladder import step_for
from regulars.tiers.models import TierChange
from regulars.values import iso


class Standings:
    """The tiers of a batch of customers while points move: restated step by step, written once."""

    def __init__(self, session: Session, shop_id: int, customers: dict[str, Customer], now: datetime) -> None:
        self._session = session
        self._shop_id = shop_id
        self._customers = customers
        self._now = now
        self._history = _history(session, shop_id, customers)
        self._fresh: list[TierChange] = []

    def at(self, customer_id: str, moment: datetime) -> str | None:
        """The tier that was in force for a customer at a moment."""
        changes = [change for change in self._history.get(customer_id, []) if change.at <= moment]
        return max(changes, key=lambda change: (change.at, change.seq)).new if changes else None

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
        change = TierChange(
            shop_id=self._shop_id, customer_id=customer.id, seq=len(history) + 1, old=customer.tier, new=new, why=why,
            at=at, recorded_at=self._now,
        )  # fmt: skip
        history.append(change)
        self._fresh.append(change)
        customer.tier = new

    def write(self) -> list[TierChange]:
        """Write the changes and tell the host of each after the commit."""
        self._session.add_all(self._fresh)
        outbound.announce(self._session, self._shop_id, [_event(change) for change in self._fresh], self._now)
        for change in self._fresh:
            ids = {"shop_id": self._shop_id, "customer_id": change.customer_id, "old": change.old, "new": change.new}
            signals.tell(self._session, signals.tier_changed, **ids)
        return self._fresh


def _event(change: TierChange) -> outbound.Event:
    data = {
        "customer_id": change.customer_id, "from": change.old, "to": change.new, "why": change.why, "at": iso(change.at),
    }  # fmt: skip
    return outbound.Event("tier.changed", f"tier:{change.customer_id}:{change.seq}", data)


def _climbs(program: Program | None, old: str | None, new: str | None) -> bool:
    order: list[str | None] = [None, *(tier.name for tier in program.tiers)] if program else [None]
    return old not in order or order.index(new) > order.index(old)


def _history(session: Session, shop_id: int, customer_ids: Collection[str]) -> dict[str, list[TierChange]]:
    mine = (TierChange.shop_id == shop_id) & TierChange.customer_id.in_(customer_ids)
    history: dict[str, list[TierChange]] = {}
    for change in session.scalars(select(TierChange).where(mine).order_by(TierChange.seq)):
        history.setdefault(change.customer_id, []).append(change)
    return history
