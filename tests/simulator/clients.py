"""Those who speak to us: the shop, which sends until it hears 200, and people at the counter with a journal each.

Every client writes down what it knows of each of its calls: ok, refused, or unknown because no answer came.
"""

import base64
import hashlib
import hmac
import json
from collections import Counter as Bag
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from regulars import customers, ledger, shops, work
from regulars.clock import now as asked_now
from regulars.db import unit_of_work
from regulars.errors import NotEnoughPoints, NotFound
from regulars.ledger import Cause
from regulars.values import iso
from tests.simulator.handlers import STANDARD_SECRET, UNIT
from tests.simulator.world import WEBS, Simulation

_KEY = base64.b64decode(STANDARD_SECRET.removeprefix("whsec_"))


@dataclass
class Message:
    """One delivery of the shop: the same id and bytes at every try."""

    kind: str  # shopify | standard
    topic: str
    body: bytes
    id: str
    at: str
    due: float  # not before, in seconds of true time
    tries: int = 0

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it one message for the inbox."""
        return self.topic, self.id, hashlib.sha256(self.body).hexdigest()


@dataclass
class Sender:
    """The platform: keeps each message until it hears 200, and now and then sends one again that was taken long ago."""

    sim: Simulation
    waiting: list[Message] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    kept: set[tuple[str, str, str]] = field(default_factory=set)  # answered with 200, whether we heard it or not
    sent: set[tuple[str, str, str]] = field(default_factory=set)
    secrets: list[bytes] = field(default_factory=list)  # the one in use first, then those it was told of
    standard_token: str = ""
    numbers: int = 0

    def __post_init__(self) -> None:
        self.secrets = [self.sim.house.secret]
        shop_id = self.sim.shop.id
        source = self.sim.reads(lambda session: shops.source_of_kind(session, shop_id, "standard"))
        self.standard_token = source.token

    def says(self, kind: str, topic: str, document: dict[str, Any] | bytes) -> None:
        """Something to tell; it leaves at once or somewhat later."""
        self.numbers += 1
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        wait = self.sim.rng.choice((0, 0, 0, 5, 60, 900))
        due = self.sim.clock.monotonic() + wait
        self.waiting.append(Message(kind, topic, body, f"m{self.numbers}", iso(self.sim.clock.moment), due))

    def delivers(self) -> bool:
        """One message goes out, not always the oldest; whether there was one."""
        due = [one for one in self.waiting if one.due <= self.sim.clock.monotonic()]
        if not due:
            return False
        message = due[min(int(self.sim.rng.expovariate(0.7)), len(due) - 1)]
        chance, weather = self.sim.faults.chance, self.sim.faults.weather
        message.tries += 1
        message.due = self.sim.clock.monotonic() + 20 * message.tries
        if chance(weather.dropped):
            return True
        status = self._posts(message)
        if status == 200 and chance(weather.sent_twice):
            self._posts(message)
        if status == 200 and not chance(weather.answer_lost):
            self.waiting.remove(message)
            self.taken.append(message)
        return True

    def repeats(self) -> None:
        """A message that was taken comes again, sometimes under a new id: only its body is signed."""
        if self.taken:
            old = self.sim.rng.choice(self.taken)
            if self.sim.rng.random() < 0.3:
                self.numbers += 1
                old = Message(old.kind, old.topic, old.body, f"m{self.numbers}", old.at, 0)
            self._posts(old)

    def _posts(self, message: Message) -> int | None:
        """The status, or None when no answer came."""
        self.sent.add(message.identity)
        status: int | None = None
        with self.sim.process(self.sim.rng.choice(WEBS)) as life:
            status = self._shopify(message) if message.kind == "shopify" else self._standard(message)
        if status == 200:
            self.kept.add(message.identity)
        if status == 401:
            self.secrets.append(self.secrets.pop(0))  # perhaps another one is in force
        assert life.died or status in (200, 401, 503), f"{message.topic} {message.id} was answered with {status}"
        self.sim.note(f"{message.topic} {message.id} to {life.name}: {status or 'no answer'}")
        return status

    def _shopify(self, message: Message) -> int:
        self.sim.shop.secret = self.secrets[0]
        headers = {"X-Shopify-Webhook-Id": message.id, "X-Shopify-Triggered-At": message.at}
        return self.sim.shop.sends_with(self.sim.client, message.topic, message.body, **headers).status_code

    def _standard(self, message: Message) -> int:
        stamp = str(int(self.sim.clock.moment.timestamp()))
        text = f"{message.id}.{stamp}.".encode() + message.body
        signature = base64.b64encode(hmac.new(_KEY, text, hashlib.sha256).digest()).decode()
        headers = {"webhook-id": message.id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}
        url = f"/webhooks/standard/{self.standard_token}"
        return self.sim.client.post(url, data=message.body, headers=headers).status_code


@dataclass
class Call:
    """One call of a client, the same at every try, and what it heard."""

    verb: str  # adjust | redeem | bonus
    key: str
    who: str  # the shop's id of the customer
    points: int
    heard: Bag[str] = field(default_factory=Bag)  # ok, refused, unknown


@dataclass
class Counter:
    """The people who give, take and redeem points, and their journal."""

    sim: Simulation
    journal: dict[str, Call] = field(default_factory=dict)

    def calls(self, verb: str, who: str, points: int) -> Call:
        """A new call, made at once."""
        call = Call(verb, f"{verb}-{len(self.journal)}", who, points)
        self.journal[call.key] = call
        self.tries(call)
        return call

    def tries(self, call: Call) -> None:
        """Make the call, for the first time or again."""
        heard = "unknown"
        with self.sim.process(self.sim.rng.choice(WEBS)) as life:
            try:
                unit_of_work(lambda session: self._does(session, call))
                heard = "ok"
            except (NotEnoughPoints, NotFound):
                heard = "refused"
        call.heard[heard] += 1
        self.sim.note(f"{call.key} of {call.points} for {call.who} at {life.name}: {heard}")

    def _does(self, session: Session, call: Call) -> None:
        now, shop_id = asked_now(), self.sim.shop.id
        customer = customers.find(session, shop_id, call.who).id
        if call.verb == "bonus":
            payload = {"customer": customer, "bonus": call.key}
            work.add(session, [work.row(shop_id, "test.bonus", call.key, payload, now)])
            return
        before = ledger.present(session, shop_id, customer, UNIT, now)
        try:
            if call.verb == "adjust":
                cause = Cause("counter", call.key, actor="agent")
                ledger.adjust(session, shop_id, customer, UNIT, call.points, cause, call.key, now)
            else:
                self._redeems(session, call, customer)
        except NotEnoughPoints:
            spendable = before.available if call.verb == "adjust" or not before.debt else 0
            assert spendable < abs(call.points), f"{call.key} was refused, and {before.available} were shown"
            raise

    def _redeems(self, session: Session, call: Call, customer: str) -> None:
        """Points are reserved and the code asked for in one transaction."""
        now, shop_id = asked_now(), self.sim.shop.id
        ledger.reserve_points(session, shop_id, customer, UNIT, call.points, call.key, now)
        payload = {"customer": customer, "redemption": call.key}
        work.add(session, [work.row(shop_id, "test.code", call.key, payload, now)])
