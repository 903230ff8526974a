"""C040: the real ledger beside a plain Python model, through hundreds of random lives of a small shop.

Every step is one transaction of the real services on a real database. After each the numbers, lots and new entries are
compared with the model; a refused or crashed step must leave the export as it was. Examples that once failed are kept
in `examples/`. SUITE_DEEP=1 looks longer (`make faults`).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Select, and_, event, or_, select
from sqlalchemy.orm import Session

from regulars import customers, ledger, pipeline, program, shops
from regulars.db import reading, unit_of_work
from regulars.errors import InvalidInput, NotEnoughPoints, NotFound
from regulars.facts import CustomerRef, LineSeen, OrderSeen, PaymentStatus, RefundLine, RefundSeen
from regulars.ledger import AccountRow, Cause, EntryRow, LotRow, PostedRow
from tests.ledger.model import Model, Purse, Rules
from tests.world import START, World

DEEP = os.environ.get("SUITE_DEEP") == "1"
NEVER = datetime.max.replace(tzinfo=UTC)
UNIT = "points"
Seen = OrderSeen | RefundSeen

#: With these a shop begins, so that there is something to spend, refund and owe.
OPENING = [("ada", [30_000]), ("ada", [10_000, 12_399]), ("bea", [10_000])]

_names = count(1)
arrives = st.sampled_from(["now", "now", "in two steps", "later"])
cents = st.sampled_from([10_000, 30_000, 5_555, 12_399, 99, 0])
somebody = st.sampled_from(["ada", "ada", "ada", "bea", None])
which = st.integers(0, 50)


class Crashed(Exception):
    """The process ends here."""


class Machine(RuleBasedStateMachine):
    """A shop's life: what the platform does, what reaches us and when, what shoppers and staff do, what breaks."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.shop_id = 0
        self.model = Model(Rules(0, 30, write_off=False))
        self.shelf: dict[str, OrderSeen] = {}  # as the platform knows each order
        self.mail: list[Seen] = []  # sent and not yet here
        self.delivered: list[Seen] = []
        self.ids: dict[str, str] = {}
        self.heads: dict[str, Any] = {}
        self.sums: dict[tuple[str, str], int] = {}
        self.past: list[Callable[[Session], None]] = []
        self.crash_at: int | None = None
        self.numbers = count(1)

    @initialize(hold=st.sampled_from([0, 2]), expiry=st.sampled_from([5, 30]), write_off=st.booleans())
    def opens(self, hold: int, expiry: int, write_off: bool) -> None:
        """A fresh shop in the same database."""
        document = {
            "earn": {"order": {"points_per_unit": 1, "hold_days": hold}},
            "expiry": {"mode": "lots", "after": f"{expiry} days"},
            "clawback": {"uncovered": "write_off" if write_off else "debt"},
        }  # fmt: skip
        self.model = Model(Rules(hold, expiry, write_off))
        self.shop_id = open_shop(document)
        self.applies([self.new_order(who, nets, 2) for who, nets in OPENING])
        if not hold:
            self.reserves(0, None)  # what is spent and then taken back is owed, or written off
            self.tells(replace(self.any_order(0), cancelled=True), "now")

    # What the platform does.

    @rule(who=somebody, nets=st.lists(cents, min_size=1, max_size=2), pieces=st.integers(1, 3), arrives=arrives)
    def somebody_orders(self, who: str | None, nets: list[int], pieces: int, arrives: str) -> None:
        paid = self.new_order(who, nets, pieces)
        if arrives == "in two steps":
            self.tells(replace(paid, payment=PaymentStatus.PENDING), "now")
        self.tells(paid, arrives)

    def new_order(self, who: str | None, nets: list[int], pieces: int) -> OrderSeen:
        id_ = f"o{next(self.numbers)}"
        lines = tuple(LineSeen(f"{id_}-{place}", pieces, pieces, net) for place, net in enumerate(nets))
        person = CustomerRef(id=who) if who else None
        self.shelf[id_] = OrderSeen(
            id_, self.now, self.now, "EUR", PaymentStatus.PAID, sum(nets), lines, person, body_hash=self.fresh("h")
        )
        return self.shelf[id_]

    @precondition(lambda self: self.shelf)
    @rule(order=which, change=st.data(), arrives=arrives)
    def an_order_changes(self, order: int, change: st.DataObject, arrives: str) -> None:
        """It is paid or unpaid, cancelled or reinstated, edited, or given to somebody else."""
        of = self.any_order(order)
        match change.draw(st.sampled_from(["payment", "cancelled", "cancelled", "pieces", "line", "owner"])):
            case "payment":
                of = replace(of, payment=change.draw(st.sampled_from(PaymentStatus)))
            case "cancelled":
                of = replace(of, cancelled=not of.cancelled)
            case "owner":
                who = change.draw(somebody)
                of = replace(of, customer=CustomerRef(id=who) if who else None)
            case "line":
                more = LineSeen(f"{of.id}-{len(of.lines)}", 1, 1, change.draw(cents))
                of = replace(of, lines=(*of.lines, more))
            case "pieces":
                place = change.draw(st.integers(0, len(of.lines) - 1))
                one = of.lines[place]
                one = replace(one, current_quantity=change.draw(st.integers(0, one.quantity)))
                of = replace(of, lines=(*of.lines[:place], one, *of.lines[place + 1 :]))
        self.tells(of, arrives)

    @precondition(lambda self: self.shelf)
    @rule(order=which, line=which, percent=st.sampled_from([0, 33, 50, 100, 100]), lines=st.booleans(), arrives=arrives)
    def an_order_is_refunded(self, order: int, line: int, percent: int, lines: bool, arrives: str) -> None:
        """By a line, or the amount only."""
        of = self.any_order(order)
        one = of.lines[line % len(of.lines)]
        minor = one.net_minor * percent // 100
        parts = (RefundLine(one.id, 1, minor),) if lines else ()
        self.tells(RefundSeen(of.id, self.fresh("r"), self.now, parts, minor), arrives)

    # What reaches us.

    @precondition(lambda self: self.mail or self.delivered)
    @rule(first=which, many=st.integers(1, 6), late=st.booleans())
    def old_mail_arrives(self, first: int, many: int, late: bool) -> None:
        """What was on its way, or what was here already: stale, twice, several at once and newest first."""
        pile = self.mail if (late and self.mail) or not self.delivered else self.delivered
        start = first % len(pile)
        batch = pile[start : start + many]
        if pile is self.mail:
            del self.mail[start : start + many]
        self.applies(batch[::-1])

    # What time, shoppers and staff do.

    @precondition(lambda self: self.delivered)
    @rule(hours=st.sampled_from([1, 20, 50, 130]), ticks=st.booleans())
    def time_passes(self, hours: int, ticks: bool) -> None:
        self.now += timedelta(hours=hours)
        if ticks:
            self.the_clock_ticks()

    def the_clock_ticks(self) -> None:
        def settle(session: Session) -> None:
            due = ledger.due_customers(session, self.shop_id, UNIT, self.now, 100)
            if due:
                pipeline.settle_due(session, shops.get_shop(session, self.shop_id), due, self.now)

        self.commits(settle)
        for purse in self.model.purses.values():
            purse.settle(self.now)
        self.agrees()

    @precondition(lambda self: self.ids)
    @rule(who=which, points=st.sampled_from([50, 300, None, None]))
    def reserves(self, who: int, points: int | None) -> None:
        """So many points, or all there are."""
        name, purse = self.anybody(who)
        redemption, at = self.fresh("x"), self.now
        ready = self.settled(purse)
        points = points or ready.available or 1
        verb = self.verb(ledger.reserve_points, name, points, redemption, at)
        if ready.debt or points > ready.available:
            self.is_refused(verb, NotEnoughPoints)
            return
        self.commits(verb)
        purse.settle(at)
        purse.held[redemption] = purse.spend(points)
        self.past.append(verb)
        self.agrees()

    @precondition(lambda self: any(purse.held for purse in self.model.purses.values()))
    @rule(which=which, happens=st.booleans())
    def resolves(self, which: int, happens: bool) -> None:
        """A reservation is committed or voided; once resolved it can be resolved no other way."""
        held = [(who, name) for who, purse in self.model.purses.items() for name in purse.held]
        who, redemption = held[which % len(held)]
        purse = self.model.purses[who]
        verbs = (ledger.commit_points, ledger.void_points)
        verb, other = (self.verb(one, who, redemption, self.now) for one in (verbs if happens else verbs[::-1]))
        self.commits(verb)
        purse.settle(self.now)
        if happens:
            purse.redeemed += sum(part for _, part in purse.held.pop(redemption))
        else:
            purse.void(redemption, self.now)
        self.agrees()
        self.is_refused(other, InvalidInput)
        self.past.append(verb)

    @precondition(lambda self: self.ids)
    @rule(who=which, points=st.sampled_from([-100, -1, 20, 150]))
    def adjusts(self, who: int, points: int) -> None:
        name, purse = self.anybody(who)
        cause, key = Cause("complaint", self.fresh("c"), actor="agent"), self.fresh("k")
        verb = self.verb(ledger.adjust, name, points, cause, key, self.now)
        if points < 0 and -points > self.settled(purse).available:
            self.is_refused(verb, NotEnoughPoints)
            return
        self.commits(verb)
        purse.settle(self.now)
        purse.adjusted += points
        if points > 0:
            purse.bring(cause.id, points, self.now, NEVER, self.now)
        else:
            purse.spend(-points)
        self.past.append(verb)
        self.agrees()

    @precondition(lambda self: self.past)
    @rule(which=which)
    def the_same_call_comes_again(self, which: int) -> None:
        """The same key gives the same answer, and nothing moves."""
        before = self.export()
        self.commits(self.past[which % len(self.past)])
        assert self.export() == before
        self.is_refused(self.verb(ledger.commit_points, self.anybody(which)[0], "nobody's", self.now), NotFound)

    @precondition(lambda self: self.crash_at is None and self.delivered)
    @rule(statement=st.integers(1, 60))
    def the_next_write_crashes(self, statement: int) -> None:
        """At this statement, or between the last one and the commit; then it is done again."""
        self.crash_at = statement

    # How it is done and compared.

    def fresh(self, prefix: str) -> str:
        return f"{prefix}{self.shop_id}-{next(_names)}"

    def any_order(self, number: int) -> OrderSeen:
        return list(self.shelf.values())[number % len(self.shelf)]

    def anybody(self, number: int) -> tuple[str, Purse]:
        name = sorted(self.ids)[number % len(self.ids)]
        return name, self.model.purses[name]

    def verb(self, call: Callable[..., None], who: str, *rest: Any) -> Callable[[Session], None]:
        shop_id, customer_id = self.shop_id, self.ids[who]
        return lambda session: call(session, shop_id, customer_id, UNIT, *rest)

    def tells(self, fact: Seen, arrives: str) -> None:
        if isinstance(fact, OrderSeen):
            self.now += timedelta(seconds=next(self.numbers) % 3)  # some documents of an order carry the same second
            fact = replace(fact, updated_at=self.now, body_hash=self.fresh("h"))
            self.shelf[fact.id] = fact
        if arrives == "later":
            self.mail.append(fact)
        else:
            self.applies([fact])

    def applies(self, facts: list[Seen]) -> None:
        self.commits(partial(self.apply_in, self.shop_id, facts))
        self.model.apply(facts, self.now)
        self.delivered += [fact for fact in facts if fact not in self.delivered]
        self.agrees()

    def commits(self, work: Callable[[Session], Any]) -> None:
        """One transaction; if a crash is due it happens first, and must leave nothing behind."""
        if self.crash_at is not None:
            before = self.export()
            with crashing_at(self.world.app, self.crash_at), pytest.raises(Crashed):
                unit_of_work(partial(crash_after, work))
            self.crash_at = None
            assert self.export() == before
        unit_of_work(work)

    def is_refused(self, work: Callable[[Session], None], error: type[Exception]) -> None:
        before = self.export()
        with pytest.raises(error):
            unit_of_work(work)
        assert self.export() == before

    def settled(self, purse: Purse) -> Purse:
        """What a purse comes to now; it stays as it is, as a refused verb leaves the account."""
        ready = deepcopy(purse)
        ready.settle(self.now)
        return ready

    def export(self) -> list[dict[str, Any]]:
        with reading() as session:
            return list(ledger.export(session, self.shop_id))

    def apply_in(self, shop_id: int, facts: list[Seen], session: Session) -> None:
        pipeline.apply(session, shops.get_shop(session, shop_id), facts, self.now)

    def agrees(self) -> None:
        """Everything that was written since the last look, and where every account stands, as the model says."""
        with reading() as session:
            self.meet(session)
            for entry in self.new_entries(session):
                self.follows(entry)
            accounts = {row.customer_id: row for row in session.execute(accounts_of(self.shop_id))}
            lots = session.execute(lots_of(self.shop_id)).all()
        for who, customer_id in self.ids.items():
            account, purse = accounts[customer_id], self.model.purses[who]
            told = (account.available, account.pending, account.reserved, account.debt, account.earned)
            assert told == (purse.available, purse.pending, purse.reserved, purse.debt, purse.earned)
            assert not (account.available and account.debt)
            pockets = [(pocket.cause, pocket.left) for pocket in purse.pockets if pocket.left]
            assert [(lot.cause_id, lot.remaining) for lot in lots if lot.customer_id == customer_id] == pockets
            self.conserves(who, purse)

    def meet(self, session: Session) -> None:
        for who in self.model.purses.keys() - self.ids.keys():
            self.ids[who] = customers.find(session, self.shop_id, who).id

    def new_entries(self, session: Session) -> Iterator[Any]:
        columns = EntryRow.__table__.c
        newer = [
            and_(columns.customer_id == id_, columns.version > (self.heads[id_].version if id_ in self.heads else 0))
            for id_ in self.ids.values()
        ]
        question = select(EntryRow.__table__).where(columns.shop_id == self.shop_id, or_(*newer))
        yield from session.execute(question.order_by(columns.customer_id, columns.version)) if newer else ()

    def follows(self, entry: Any) -> None:
        """It comes right after the one before it, is above zero, and its balances follow."""
        head = self.heads.get(entry.customer_id)
        assert entry.version == (head.version if head else 0) + 1
        assert entry.amount > 0
        for account, sign in ((entry.debit, -1), (entry.credit, 1)):
            key = (entry.customer_id, account)
            self.sums[key] = self.sums.get(key, 0) + sign * entry.amount
        told = [self.sums.get((entry.customer_id, name), 0) for name in ("available", "pending", "reserved", "debt")]
        assert told == [entry.available_after, entry.pending_after, entry.reserved_after, -entry.debt_after]
        self.heads[entry.customer_id] = entry

    def conserves(self, who: str, purse: Purse) -> None:
        """All balances sum to nothing, and the shop's side says the same as the model."""
        mine = {account: points for (customer_id, account), points in self.sums.items() if customer_id == self.ids[who]}
        assert sum(mine.values()) == 0
        told = [mine.get(name, 0) for name in ("issuance", "redeemed", "expired", "forfeited", "adjusted")]
        assert told == [-purse.earned, purse.redeemed, purse.expired, -purse.forfeited, -purse.adjusted]
        held = purse.available + purse.pending + purse.reserved - purse.debt
        assert held == purse.earned + purse.forfeited + purse.adjusted - purse.redeemed - purse.expired

    def teardown(self) -> None:
        if not self.shop_id:
            return
        with reading() as session:
            _, found = ledger.verify_shop(session, self.shop_id)
            assert found is None, found
            rows = session.scalars(select(PostedRow).where(PostedRow.shop_id == self.shop_id))
            posted = {(row.cause_id, row.customer_id): row.points for row in rows}
        names = {id_: who for who, id_ in self.ids.items()}
        for (order_id, customer_id), points in posted.items():
            order = self.model.orders[order_id]
            assert points == (order.entitled() if order.owner == names[customer_id] else 0)
        self.every_moment_can_be_rebuilt()
        self.another_order_of_arrival_ends_the_same()

    def every_moment_can_be_rebuilt(self) -> None:
        """As of any version, from the export and from the database, the balance is the same."""
        exported = self.export()
        with reading() as session:
            for entry in exported[:: max(1, len(exported) // 5)]:
                numbers = dict.fromkeys(("available", "pending", "reserved", "debt"), 0)
                for row in exported:
                    if row["customer_id"] == entry["customer_id"] and row["version"] <= entry["version"]:
                        for account, sign in ((row["debit"], -1), (row["credit"], 1)):
                            if account in numbers:
                                numbers[account] += sign * row["amount"]
                told = ledger.balance(session, self.shop_id, entry["customer_id"], UNIT, version=entry["version"])
                assert [told.available, told.pending, told.reserved, -told.debt] == list(numbers.values())

    def another_order_of_arrival_ends_the_same(self) -> None:
        """All that was delivered, backwards and twice, in a shop of its own: the same net per order."""
        rules = self.model.rules
        document = {"earn": {"order": {"points_per_unit": 1, "hold_days": rules.hold_days}}}
        twin = open_shop(document)
        facts = self.delivered[::-1]
        half = len(facts) // 2
        for batch in (facts[:half], facts[half:] + facts[:half]):
            unit_of_work(partial(self.apply_in, twin, batch))
        with reading() as session:
            nets: dict[str, int] = {}
            for row in session.scalars(select(PostedRow).where(PostedRow.shop_id == twin)):
                nets[row.cause_id] = nets.get(row.cause_id, 0) + row.points
        for id_, order in self.model.orders.items():
            assert nets.get(id_, 0) == (order.entitled() if order.owner else 0)


def crash_after(work: Callable[[Session], Any], session: Session) -> None:
    work(session)
    raise Crashed


@contextmanager
def crashing_at(app: Flask, statement: int) -> Iterator[None]:
    """The process ends at this statement."""
    engine = app.extensions["sqlalchemy"].engine
    left = count(statement, -1)

    def listener(*_: Any) -> None:
        if next(left) == 0:
            raise Crashed

    event.listen(engine, "before_cursor_execute", listener)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", listener)


def hurry(app: Flask) -> None:
    """Commits that do not wait for the disk: nothing here pulls the plug."""
    engine = app.extensions["sqlalchemy"].engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=OFF"))
        engine.dispose()


def accounts_of(shop_id: int) -> Select[Any]:
    return select(AccountRow.__table__).where(AccountRow.shop_id == shop_id)


def lots_of(shop_id: int) -> Select[Any]:
    """Lots with something left, in the order in which they were opened."""
    columns = LotRow.__table__.c
    mine = select(columns.customer_id, columns.cause_id, columns.remaining).where(columns.shop_id == shop_id)
    return mine.where(columns.remaining > 0).order_by(columns.customer_id, columns.version)


def open_shop(document: dict[str, Any]) -> int:
    key = f"s{next(_names)}"

    def connect(session: Session) -> int:
        new = shops.NewShop(key, "standard", f"{key}.example.com", "EUR", "Europe/Prague")
        shop = shops.add_shop(session, new, START)
        program.publish(session, shop.id, document, START, actor="operator")
        return shop.id

    return unit_of_work(connect)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(36_000 if DEEP else 900)
def test_c040_the_ledger_does_what_the_model_says(world: World) -> None:
    @seed(40)
    def machine() -> Machine:
        made = Machine()
        made.world = world
        return made

    with world.app.app_context():
        hurry(world.app)
        run_state_machine_as_test(
            machine,  # type: ignore[arg-type]
            settings=settings(
                max_examples=2_000 if DEEP else 200,
                stateful_step_count=100 if DEEP else 60,
                deadline=None,
                database=DirectoryBasedExampleDatabase(Path(__file__).parent / "examples"),
                suppress_health_check=list(HealthCheck),
                phases=[Phase.reuse, Phase.generate, Phase.shrink],
            ),
        )
