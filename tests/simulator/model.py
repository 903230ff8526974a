"""What must be so at the end: said from the shop's own books and the clients' journals, and compared with what is there."""

import re
from collections import Counter as Bag
from collections.abc import Iterator
from fractions import Fraction
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import ledger, verifying
from regulars.customers import Customer, Identity
from regulars.lifecycle import StageChange
from regulars.messaging.models import Message
from regulars.program.models import ProgramVersion
from regulars.work import WorkRow
from regulars_webhooks.inbox import InboxRow
from tests.simulator.clients import Call, Counter, Sender
from tests.simulator.handlers import BONUS_POINTS
from tests.simulator.life import Life
from tests.simulator.world import Simulation

#: What may stand as the last error of a row; everything else is a fault of ours.
EXPECTED_ERRORS = re.compile(r"unusable: |TransportError: |UnknownOutcome: |It was taken up \d+ times")
_REVIEW_POINTS = 50
_SIDES = ("available", "pending", "reserved", "debt")

Wrong = Iterator[str]


def nothing_odd_so_far(sim: Simulation) -> Wrong:
    """No row failed for a reason that nobody made."""
    for table in (InboxRow, WorkRow):
        question = select(table.last_error).where(table.shop_id == sim.shop.id, table.state != "ignored")
        for error in sim.reads(lambda session, asked=question: list(session.scalars(asked))):
            if error and not EXPECTED_ERRORS.match(error):
                yield f"a row failed of itself: {error}"


class Verdict:
    """Everything that is wrong with a healed simulation, one sentence each; nothing when all is well."""

    def __init__(self, sim: Simulation, life: Life, sender: Sender, counter: Counter) -> None:
        self.sim, self.life, self.sender, self.counter = sim, life, sender, counter

    def wrong(self) -> Wrong:
        """All of it."""
        yield from self.sim.reads(lambda session: list(self._read(session)))
        yield from (f"verify: {one.wrong}" for one in self.sim.reads(verifying.verify) if one.wrong)

    def _read(self, session: Session) -> Wrong:
        shop_id = self.sim.shop.id
        named = select(Identity.value, Identity.customer_id).where(
            Identity.shop_id == shop_id, Identity.kind == "external"
        )
        self.ids: dict[str, str] = {row.value: row.customer_id for row in session.execute(named)}
        self.entries = list(ledger.export(session, shop_id))
        yield from self._kept_once(session)
        yield from self._dead_letters(session)
        yield from chains(self.entries)
        yield from self._points(session)
        yield from self._history()
        yield from self._letters(session)
        yield from self._people(session)

    def _kept_once(self, session: Session) -> Wrong:
        """What was answered with 200 is there, once, and nothing that was never sent."""
        asked = select(InboxRow.topic, InboxRow.delivery_id, InboxRow.body_hash).where(
            InboxRow.shop_id == self.sim.shop.id
        )
        kept = Bag((row.topic, row.delivery_id, row.body_hash) for row in session.execute(asked))
        yield from (f"acknowledged and lost: {one}" for one in self.sender.kept - kept.keys())
        yield from (f"kept {many} times: {one}" for one, many in kept.items() if many > 1)
        yield from (f"kept and never sent: {one}" for one in kept.keys() - self.sender.sent)

    def _dead_letters(self, session: Session) -> Wrong:
        """Only what cannot be read, and letters that left without anybody knowing."""
        halves = {sha256(body).hexdigest() for body in self.life.poison}
        for row in session.scalars(select(InboxRow).where(InboxRow.shop_id == self.sim.shop.id)):
            if (row.state == "dead") != (row.body_hash in halves):
                yield f"a message in the inbox is {row.state}: {row.topic} {row.delivery_id}: {row.last_error}"
        letters = {
            one.key: one.id for one in session.scalars(select(Message).where(Message.shop_id == self.sim.shop.id))
        }
        for work in session.scalars(
            select(WorkRow).where(WorkRow.shop_id == self.sim.shop.id, WorkRow.state == "dead")
        ):
            letter = letters.get(work.payload.get("key", ""))
            if work.kind != "messaging.send" or letter not in self.sim.outside.doubtful:
                yield f"dead work: {work.key}: {work.last_error}"

    def _points(self, session: Session) -> Wrong:
        """Per order and per review what is posted is what is due, whatever came when."""
        posted: Bag[tuple[str, str, str]] = Bag()
        for entry in self.entries:
            key = (entry["cause_type"], entry["cause_id"], entry["customer_id"])
            posted[key] += entry["amount"] * ((entry["debit"] == "issuance") - (entry["credit"] == "issuance"))
        due = self._due(session)
        for key in sorted(posted.keys() | due.keys()):
            if posted[key] != due[key]:
                yield f"{key[0]} {key[1]} of {key[2]}: {posted[key]} posted, {due[key]} due"

    def _due(self, session: Session) -> Bag[tuple[str, str, str]]:
        due: Bag[tuple[str, str, str]] = Bag()
        bought = set()
        for order in self.life.orders:
            final = order.final()
            if final.who:
                points = order.standing() / 100 * self._rate(session, order.placed_at)
                due["order", str(order.id), self.ids[final.who]] += int(points)
                bought |= {(final.who, line[4]) for line in final.lines if final.paid}
        for who, product in {
            (who, product) for who, product, status in self.life.reviews.values() if status == "approved"
        }:
            if (who, product) in bought:
                due["review", product, self.ids[who]] = _REVIEW_POINTS
        return due

    def _rate(self, session: Session, at: Any) -> Fraction:
        """Points per 1.00 of the program in force at a moment, as published."""
        asked = (
            select(ProgramVersion).where(ProgramVersion.shop_id == self.sim.shop.id).order_by(ProgramVersion.version)
        )
        rates = [row.document for row in session.scalars(asked) if row.effective_from <= at]
        return Fraction(str(rates[-1]["earn"]["order"]["points_per_unit"]))

    def _history(self) -> Wrong:
        """The journals against the export: ok once, refused never, unknown at most once."""
        for call in self.counter.journal.values():
            mine = [entry for entry in self.entries if entry["cause_id"] == call.key]
            sums = Bag[str]()
            for entry in mine:
                sums[entry["kind"]] += entry["amount"] * (1 if entry["credit"] != "adjusted" else -1)
            yield from self._redeemed(call, sums) if call.verb == "redeem" else self._given(call, sums)

    def _given(self, call: Call, sums: Bag[str]) -> Wrong:
        points = BONUS_POINTS if call.verb == "bonus" else call.points
        moved = sum(sums.values())
        if moved not in _possible(call, points):
            yield f"{call.key} of {points}, heard {dict(call.heard)}: {moved} moved"

    def _redeemed(self, call: Call, sums: Bag[str]) -> Wrong:
        codes = self.sim.outside.codes[call.key]
        told = f"{call.key} of {call.points}, heard {dict(call.heard)}: {dict(sums)}, {codes} codes"
        if sums["reserve"] not in _possible(call, call.points):
            yield f"reserved otherwise: {told}"
        if sums["redeem"] + sums["void"] != sums["reserve"] or (sums["redeem"] and sums["void"]):
            yield f"not resolved once: {told}"
        if codes != bool(sums["redeem"]):
            yield f"a code without its points, or points without their code: {told}"

    def _letters(self, session: Session) -> Wrong:
        """Nothing leaves twice; what is said to have left has left, and nothing else."""
        outside = self.sim.outside
        yield from (f"letter {id_} left {many} times" for id_, many in outside.letters.items() if many > 1)
        yield from (f"code {name} was made {many} times" for name, many in outside.codes.items() if many > 1)
        messages = list(session.scalars(select(Message).where(Message.shop_id == self.sim.shop.id)))
        for one in messages:
            left = outside.letters[one.id]
            if one.state == "queued" or ((one.state == "sent") != bool(left) and one.id not in outside.doubtful):
                yield f"letter {one.key} is {one.state} ({one.reason}), and left {left} times"
        known = {one.id for one in messages}
        yield from (f"letter {id_} left, and nobody asked for it" for id_ in outside.letters.keys() - known)
        hooks = select(WorkRow.id).where(WorkRow.shop_id == self.sim.shop.id, WorkRow.kind == "outbound.deliver")
        asked = {f"msg_{id_}" for id_ in session.scalars(hooks)}
        yield from (f"the endpoint never heard of {id_}" for id_ in asked - outside.hooks.keys())
        moved = select(StageChange).where(StageChange.shop_id == self.sim.shop.id, StageChange.track == "stage")
        changes = len(list(session.scalars(moved)))
        if len(asked) < changes:
            yield f"{changes} changes of stage, and only {len(asked)} events"

    def _people(self, session: Session) -> Wrong:
        """Everybody has as many standing orders as the shop says."""
        count = Bag(final.who for order in self.life.orders if order.counts() and (final := order.final()).who)
        for who, id_ in self.ids.items():
            customer = session.get(Customer, (self.sim.shop.id, id_))
            if customer is None or customer.orders_count != count[who]:
                yield f"{who} has {customer and customer.orders_count} orders, the shop says {count[who]}"


def _possible(call: Call, points: int) -> set[int]:
    if call.heard["ok"]:
        return {points}
    return {0, points} if call.heard["unknown"] else {0}


def chains(entries: list[dict[str, Any]]) -> Wrong:
    """Versions without a gap, balances that follow, nothing below zero; all that moved sums to nothing."""
    sums: dict[str, Bag[str]] = {}
    versions: Bag[str] = Bag()
    for entry in entries:
        who = entry["customer_id"]
        mine = sums.setdefault(who, Bag())
        versions[who] += 1
        mine[entry["debit"]] -= entry["amount"]
        mine[entry["credit"]] += entry["amount"]
        after = [entry[f"{side}_after"] for side in _SIDES]
        if entry["version"] != versions[who] or entry["amount"] <= 0:
            yield f"entry {entry['version']} of {who} is no next one"
        if after != [mine["available"], mine["pending"], mine["reserved"], -mine["debt"]] or min(after) < 0:
            yield f"the balances after entry {entry['version']} of {who} do not follow: {after}"
    for who, mine in sums.items():
        if sum(mine.values()) or mine["reserved"]:
            yield f"{who} sums to {sum(mine.values())} with {mine['reserved']} reserved"
