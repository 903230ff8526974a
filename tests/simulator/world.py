"""The real app on a database that is new for every seed, with its clock, chance, queue and outside in our hands.

One process and one thread: what are several processes elsewhere take turns here. A `process` that dies takes along what it
had not committed; its leases stay until the database's clock has passed them.
"""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.pool import SingletonThreadPool
from structlog.testing import capture_logs

from regulars import migrating, outbound, program, runtime, shops
from regulars.db import reading, unit_of_work
from regulars.standalone import create_app
from regulars.work import Sending, service
from regulars.work.runner import drain
from regulars_webhooks.inbox import InboxRow
from regulars_webhooks.intake import INTAKE, Intake
from tests.simulator import handlers
from tests.simulator.clock import SimClock
from tests.simulator.faults import Bell, Crash, Faults, Outside, Weather
from tests.world import START, World, WorldShop

WORKERS = ("worker-1", "worker-2")
WEBS = ("web-1", "web-2")

PROGRAM: dict[str, Any] = {
    "unit": "points",
    "earn": {"order": {"points_per_unit": 1, "hold_days": 0}, "review": {"points": 50}},
    "expiry": {"mode": "lots", "after": "6 days"},
    "tiers": [{"name": "Silver", "at": 300}, {"name": "Gold", "at": 1500}],
}
_ROOT_KEY = "c2ltdWxhdGVkIHJvb3Qga2V5LCAzMiBieXRlcyBsb25nIQ=="

#: Shared by name, so that it outlives a connection whose process died.
_NAME = "file:/simulator?mode=memory&cache=shared"
IN_MEMORY = f"sqlite:///{_NAME}&uri=true"


@dataclass
class Life:
    """One stay of a process in the processor; `died` says how it ended."""

    name: str
    died: str | None = None


@dataclass
class Heart:
    """In place of the thread that renews leases: the outside beats for whoever waits on it."""

    house: "House"

    @contextmanager
    def during(self, table: Any, shop_id: int, token: str) -> Iterator[None]:
        """A worker has claimed something and begins."""
        if sim := self.house.simulation:
            sim.lease = (table, shop_id, token)
            sim.faults.reach("after claim")
        yield

    def stop(self) -> None:
        """Nothing beats by itself here."""


class House:
    """The app, made once, and its database as it is before the first step; `simulation` is what happens in it now."""

    def __init__(self, url: str = IN_MEMORY) -> None:
        self.clock = SimClock()
        self.entropy = Random("the house")
        self.simulation: Simulation | None = None
        self.app = create_app(
            {
                "REGULARS_MODE": "test", "REGULARS_DATABASE_URL": url, "REGULARS_ROOT_KEY": _ROOT_KEY,
                "SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": SingletonThreadPool} if url == IN_MEMORY else {},
                "REGULARS_SMTP_URL": "smtp://mail.invalid", "REGULARS_OUTBOUND_URL_ALLOW_PRIVATE": "yes",
            }
        )  # fmt: skip
        self._database: sqlite3.Connection | None = None  # open for as long as the database in memory shall live
        self._template = sqlite3.connect(":memory:")

    @contextmanager
    def open(self) -> Iterator["House"]:
        """The seams are in place, the tables and the shop are there."""
        hand = runtime.of(self.app)
        hand.handlers |= {"test.code": handlers.CODES, "test.bonus": handlers.BONUS}
        self.settings, self.handlers = hand.settings, dict(hand.handlers)
        with pytest.MonkeyPatch.context() as patch, self.app.app_context(), capture_logs():
            self._put_seams(patch)
            if self.app.extensions["sqlalchemy"].engine.dialect.name == "sqlite":
                migrating.upgrade(self.app)
            self.shop = self._open_shop()
            self.secret = self.shop.secret
            self._keep_template()
            self._listen()
            yield self
            self.app.extensions["sqlalchemy"].engine.dispose()
        if self._database:
            self._database.close()

    def _put_seams(self, patch: pytest.MonkeyPatch) -> None:
        """The only places where the app asks for time, chance and threads."""
        for place in (
            "regulars.clock.datetime", "regulars.work.runner.time", "regulars.db.time", "regulars_webhooks.intake.time",
        ):  # fmt: skip
            patch.setattr(place, self.clock)
        patch.setattr(service, "database_now", lambda _session: self.clock.of("database"))
        patch.setattr("regulars.values.os", SimpleNamespace(urandom=self.entropy.randbytes))
        patch.setattr("regulars.work.runner.Heartbeat", lambda: Heart(self))

    def _open_shop(self) -> WorldShop:
        shop = World(self.app, self.clock).shop(document=None)  # type: ignore[arg-type]

        def furnish(session: Session) -> None:
            row = shops.get_shop(session, shop.id)
            program.publish(session, shop.id, PROGRAM, START, actor="operator")
            outbound.add_endpoint(session, row, "http://127.0.0.1:9/hooks", ["stage.changed", "tier.changed"], START)
            shops.add_source(session, row, "standard", handlers.STANDARD_SECRET, START)

        unit_of_work(furnish)
        return shop

    def _keep_template(self) -> None:
        engine = self.app.extensions["sqlalchemy"].engine
        if engine.dialect.name == "sqlite":
            self._database = sqlite3.connect(_NAME, uri=True)
            self._database.backup(self._template)

    def _listen(self) -> None:
        sessions = self.app.extensions["sqlalchemy"].session.session_factory.class_
        engine = self.app.extensions["sqlalchemy"].engine
        event.listen(sessions, "before_commit", lambda _session: self._reach("before commit"))
        event.listen(sessions, "after_commit", lambda _session: self._reach("after commit"))
        event.listen(engine, "before_cursor_execute", lambda *_: self._reach("statement"))

    def _reach(self, point: str) -> None:
        if self.simulation and self.clock.process:  # what the test itself asks does not die
            self.simulation.faults.reach(point)

    def begins(self, seed: int) -> "Simulation":
        """A new life from this seed. On PostgreSQL a house serves one seed only: its database is not put back."""
        if self._database:
            self._template.backup(self._database)
        self.clock.moment, self.clock.process, self.clock.skews = START, "", {}
        self.entropy.seed(seed)
        random.seed(seed)
        self.simulation = Simulation(self, seed)
        return self.simulation


@dataclass
class Simulation:
    """What one seed makes of the house."""

    house: House
    seed: int
    trace: list[str] = field(default_factory=list)
    lease: tuple[Any, int, str] = (InboxRow, 0, "")
    intakes: dict[str, Intake] = field(default_factory=dict)  # what each process remembers
    step: int = 0

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.clock = self.house.clock
        self.weather = Weather.of(self.rng)
        self.faults = Faults(self.rng, self.weather, self.somebody_takes_over)
        self.bell = Bell(self.clock, self.faults)
        self.outside = Outside(self.clock, self.faults, self.beats)
        self.shop = self.house.shop
        self.client = self.house.app.test_client()
        self._furnish()

    def _furnish(self) -> None:
        """Put our queue and our outside in the places of the real ones."""
        hand = runtime.of(self.house.app)
        hand.doorbell = self.bell  # type: ignore[assignment]
        hand.settings = replace(self.house.settings, drain_batch=self.rng.choice((4, 25, 100)))
        hand.handlers = dict(self.house.handlers)
        for kind, send in (("messaging.send", self.outside.mail), ("outbound.deliver", self.outside.hook)):
            handler = hand.handlers[kind]
            assert isinstance(handler, Sending)
            hand.handlers[kind] = replace(handler, send=send)
        hand.handlers["test.code"] = replace(handlers.CODES, send=self.outside.make_code, lookup=self.outside.find_code)

    def note(self, said: str) -> None:
        """A line of the trace."""
        self.trace.append(f"{self.step:4} {self.clock.moment:%m-%d %H:%M:%S} {self.clock.process or 'world':9} {said}")

    @contextmanager
    def process(self, name: str) -> Iterator[Life]:
        """What is inside runs in this process, which may die of it."""
        before, self.clock.process = self.clock.process, name
        life = Life(name)
        self.house.app.extensions[INTAKE] = self.intakes.setdefault(name, Intake(self.house.app))
        try:
            yield life
        except Crash as crash:
            life.died = str(crash)
            self.intakes.pop(name)
            self.note(f"dies at {life.died}")
        finally:
            self.faults.dying = False
            self.clock.process = before

    def drains(self, worker: str) -> None:
        """A worker does what is due."""
        with self.process(worker) as life:
            taken = drain(breath_seconds=0.1)
            if taken or life.died:
                self.note(f"drained {taken}")

    def somebody_takes_over(self) -> None:
        """The worker that runs stands still: its lease runs out, and another one does its work meanwhile."""
        self.note("stands still")
        self.clock.passes(self.rng.randint(21, 90))
        mine = self.lease
        self.drains("worker-3")
        self.lease = mine
        self.note("goes on")

    def beats(self) -> None:
        """The worker that waits renews its lease."""
        table, shop_id, token = self.lease
        unit_of_work(lambda session: service.renew(session, table, shop_id, token))

    def reads(self, question: Any) -> Any:
        """Ask the database something."""
        with reading() as session:
            return question(session)


def whole(moment: datetime) -> datetime:
    """Platforms tell whole seconds: documents of the same second are nothing special."""
    return moment.astimezone(UTC).replace(microsecond=0)
