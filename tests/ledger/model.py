"""What the ledger should do, said a second time in plain Python: no database, no entries, only the rules.

The state machine of `test_machine.py` runs the real code beside it and compares after every step.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from regulars.facts import OrderSeen, PaymentStatus, RefundSeen

ZONE = ZoneInfo("Europe/Prague")
_STEPS = {PaymentStatus.PENDING: 0, PaymentStatus.PAID: 1, PaymentStatus.REFUNDED: 2, PaymentStatus.VOIDED: 3}


@dataclass(frozen=True)
class Rules:
    """The part of a program that the machine varies."""

    hold_days: int
    expiry_days: int
    write_off: bool


@dataclass
class Pocket:
    """Points that came together: how many are left, when they may be spent, when they end."""

    cause: str
    left: int
    free_at: datetime
    ends_at: datetime
    free: bool
    ended: int = 0
    ended_taken: int = 0

    @property
    def due_at(self) -> datetime:
        return self.ends_at if self.free else self.free_at


@dataclass
class Purse:
    """One customer's points."""

    pockets: list[Pocket] = field(default_factory=list)
    debt: int = 0
    held: dict[str, list[tuple[Pocket, int]]] = field(default_factory=dict)
    earned: int = 0
    redeemed: int = 0
    expired: int = 0
    forfeited: int = 0
    adjusted: int = 0

    @property
    def available(self) -> int:
        return sum(pocket.left for pocket in self.pockets if pocket.free)

    @property
    def pending(self) -> int:
        return sum(pocket.left for pocket in self.pockets if not pocket.free)

    @property
    def reserved(self) -> int:
        return sum(part for takes in self.held.values() for _, part in takes)

    def settle(self, until: datetime) -> None:
        """Holds end and pockets end, each at its time."""
        while due := [pocket for pocket in self.pockets if pocket.left and pocket.due_at <= until]:
            pocket = min(due, key=lambda one: one.due_at)  # the older of two that are due at once: min keeps the first
            if pocket.free:
                self.expired += pocket.left
                pocket.ended += pocket.left
                pocket.left = 0
            else:
                pocket.left -= self._pay(pocket.left)
                pocket.free = True

    def _pay(self, points: int) -> int:
        paid = min(self.debt, points)
        self.debt -= paid
        return paid

    def _spendable(self) -> list[Pocket]:
        return sorted((pocket for pocket in self.pockets if pocket.free and pocket.left), key=lambda one: one.ends_at)

    def bring(self, cause: str, points: int, free_at: datetime, ends_at: datetime, now: datetime) -> None:
        """Points come in; free ones pay a debt first."""
        free = free_at <= now
        points -= self._pay(points) if free else 0
        if points:
            self.pockets.append(Pocket(cause, points, free_at, ends_at, free))

    def take_back(self, cause: str, points: int) -> int:
        """Own held, own free, own ended, others by their end; the rest, which found nothing, is the answer."""
        own = [pocket for pocket in self.pockets if pocket.cause == cause]
        for pocket in sorted(own, key=lambda one: one.free):
            points -= _draw(pocket, points)
        for pocket in own:
            gone = min(points, pocket.ended - pocket.ended_taken)
            pocket.ended_taken += gone
            self.expired -= gone
            points -= gone
        for pocket in [pocket for pocket in self._spendable() if pocket.cause != cause]:
            points -= _draw(pocket, points)
        return points

    def spend(self, points: int) -> list[tuple[Pocket, int]]:
        """Take available points, the soonest-ending first."""
        takes = []
        for pocket in self._spendable():
            part = _draw(pocket, points)
            points -= part
            if part:
                takes.append((pocket, part))
        return takes

    def void(self, name: str, now: datetime) -> None:
        """Give back what a redemption held; a debt is paid of it, and what is over its time ends."""
        for pocket, part in self.held.pop(name):
            pocket.left += part
        for pocket in self._spendable():
            pocket.left -= self._pay(pocket.left)
        self.settle(now)


def _draw(pocket: Pocket, points: int) -> int:
    part = min(points, pocket.left)
    pocket.left -= part
    return part


@dataclass
class Standing:
    """What was posted for an order and a customer, and the dates pinned when that happened first."""

    points: int
    free_at: datetime
    ends_at: datetime
    written_off: int = 0


@dataclass
class ModelOrder:
    """The newest document of an order, its refunds, whose it is."""

    newest: OrderSeen | None = None
    refunds: dict[str, RefundSeen] = field(default_factory=dict)
    owner: str | None = None

    def see(self, fact: OrderSeen | RefundSeen) -> None:
        if isinstance(fact, RefundSeen):
            self.refunds[fact.id] = fact
        elif self.newest is None or _newness(fact) > _newness(self.newest):
            self.newest = fact
            self.owner = fact.customer.id if fact.customer else None

    def entitled(self) -> int:
        """One point per whole 1.00 that stands."""
        order = self.newest
        if order is None or order.cancelled or order.payment is not PaymentStatus.PAID:
            return 0
        stands = Fraction(0)
        for line in order.lines:
            back = sum(part.net_minor for one in self.refunds.values() for part in one.lines if part.line_id == line.id)
            kept = Fraction(line.net_minor) * line.current_quantity / line.quantity
            stands += max(Fraction(0), min(kept, Fraction(line.net_minor - back)))
        return math.floor(stands / 100)


def _newness(order: OrderSeen) -> tuple[datetime, int, str]:
    return order.updated_at, 3 if order.cancelled else _STEPS[order.payment], order.body_hash


@dataclass
class Model:
    """A shop with its orders and its customers' purses."""

    rules: Rules
    orders: dict[str, ModelOrder] = field(default_factory=dict)
    purses: dict[str, Purse] = field(default_factory=dict)
    posted: dict[tuple[str, str], Standing] = field(default_factory=dict)

    def apply(self, facts: Sequence[OrderSeen | RefundSeen], now: datetime) -> None:
        """What a delivery of these facts does."""
        ids = {fact.order_id if isinstance(fact, RefundSeen) else fact.id for fact in facts}
        before = {id_: self.orders.setdefault(id_, ModelOrder()).owner for id_ in ids}
        named = {fact.customer.id for fact in facts if isinstance(fact, OrderSeen) and fact.customer}
        for fact in sorted(facts, key=lambda one: one.occurred_at):
            self.orders[fact.order_id if isinstance(fact, RefundSeen) else fact.id].see(fact)
        people = {who for who in {*before.values(), *named} if who}
        for who in people:
            self.purses.setdefault(who, Purse())
        for id_, who, at in self._concerned(before, now):
            self._converge(id_, who, at, now)
        for who in people:
            self.purses[who].settle(now)

    def _concerned(self, before: dict[str, str | None], now: datetime) -> Iterable[tuple[str, str, datetime]]:
        """First what was never posted, as of its own time; then the rest, as of now."""
        claims = sorted(
            (order.newest.placed_at, id_, who)
            for id_, owner in before.items()
            if (order := self.orders[id_]).newest
            for who in {owner, order.owner}
            if who
        )
        first = [(id_, who, min(at, now)) for at, id_, who in claims if (id_, who) not in self.posted]
        return first + [(id_, who, now) for _, id_, who in claims if (id_, who) in self.posted]

    def _converge(self, id_: str, who: str, at: datetime, now: datetime) -> None:
        purse, order = self.purses[who], self.orders[id_]
        assert order.newest is not None
        purse.settle(at)
        due = order.entitled() if order.owner == who else 0
        stands = self.posted.get((id_, who))
        if stands is None:
            if not due:
                return
            free_at = order.newest.placed_at + timedelta(days=self.rules.hold_days)
            stands = self.posted[id_, who] = Standing(0, free_at, self._end(free_at))
        more = due - stands.points
        purse.earned += more
        stands.points = due
        if more < 0:
            self._lose(purse, stands, purse.take_back(id_, -more))
        elif more:
            undone = min(more, stands.written_off)
            stands.written_off -= undone
            purse.forfeited -= undone
            purse.bring(id_, more - undone, stands.free_at, stands.ends_at, now)

    def _lose(self, purse: Purse, stands: Standing, points: int) -> None:
        """What a refund could not take."""
        if self.rules.write_off:
            stands.written_off += points
            purse.forfeited += points
        else:
            purse.debt += points

    def _end(self, free_at: datetime) -> datetime:
        """Midnight in the shop after the last day."""
        last = free_at.astimezone(ZONE).date() + timedelta(days=self.rules.expiry_days)
        following = last + timedelta(days=1)
        return datetime(following.year, following.month, following.day, tzinfo=ZONE)
