"""A town: web, worker and clock as processes on servers that may fail, and clients that write down what they were told.

A client knows three outcomes of a delivery: kept (200), refused (503, or nobody listened) and unknown (no answer came).
What was kept must be there, once; what was refused or is unknown is there at most once, and once after it was sent again.
"""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from click.testing import CliRunner
from flask.cli import ScriptInfo
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select
from urllib3.exceptions import NewConnectionError

from regulars import clock, work
from regulars.commands import cli
from regulars.db import all_shops
from regulars.shops import Shop
from regulars.work import WorkRow
from regulars.work.runner import drain
from regulars_webhooks.inbox import InboxRow
from tests.embedded.house import PATIENCE_SECONDS, House, Process, alive, descendants
from tests.faults.app import EFFECTS, effects
from tests.servers import wait_until
from tests.world import PROGRAM, TestClock, World, WorldShop

ROOT = Path(__file__).resolve().parents[2]
PYTHON_PATH = os.pathsep.join(str(ROOT / part) for part in ("", "plugin", "webhooks", "admin"))  # tests.faults.app too
DEEP = os.environ.get("SUITE_DEEP") == "1"  # `make faults`: as often and as long as the cases say
POINTS = 10  # what each order of these tests earns
BUYERS = ("ada", "bea", "cid", "dora", "emil")

KEPT, REFUSED, UNKNOWN = "kept", "refused", "unknown"


@dataclass
class Town(House):
    """A house whose processes are killed, frozen and started again, and whose logs and numbers are read."""

    def shop(self) -> WorldShop:
        """A shop whose webhooks go over HTTP, and where every order earns the same: its program has no tiers."""
        world = World(self.app, TestClock(self.folder / "no-test-clock", clock.now()))
        shop = world.shop(document=PROGRAM.partition("[[tiers]]")[0])
        world.clock.moment = clock.now()  # an order from before the shop was here is history
        return shop

    def goes(self, key: str, name: str, *arguments: str, **settings: str) -> Process:
        """Start `regulars NAME …` under a key of its own; the same key again goes on in the same log."""
        environment = self.environment | settings
        process = Process([name, *arguments], environment, self.folder / f"{key}.log", self.folder)
        process.start()
        self.processes[key] = process
        return process

    def serves(self, **settings: str) -> Process:
        """Start one web process, and wait until it answers."""
        web = self.goes("web", "web", "--port", str(self.port), "--workers", "1", **settings)
        wait_until(self.is_ready, "the web did not answer", seconds=PATIENCE_SECONDS)
        return web

    def works(self, key: str = "worker", *arguments: str, **settings: str) -> Process:
        """Start a worker."""
        return self.goes(key, "worker", *arguments, **settings)

    def works_and_listens(self) -> None:
        """Start a worker, and wait until it listens to the queue, so that it meets the fault."""
        self.works()
        wait_until(lambda: self.measure("regulars_workers") == 1, "no worker came", seconds=PATIENCE_SECONDS)

    def kills(self, key: str) -> None:
        """kill -9, the process and every process below it."""
        process = self.processes[key]
        below = descendants(process.pid)
        process.kill()
        for pid in below:
            if alive(pid):
                kill(pid)

    def says(self, key: str) -> str:
        """Everything a process has logged."""
        return self.processes[key].says()

    def hears(self, key: str, *words: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until a process has logged one of these."""
        try:
            wait_until(
                lambda: any(one in self.says(key) for one in words), f"{key} did not say {words}", seconds=seconds
            )
        except TimeoutError as error:
            raise TimeoutError(f"{error}, but: {self.says(key)[-2000:]}") from error

    def page(self, path: str) -> requests.Response:
        """What the web answers."""
        return requests.get(self.address + path, timeout=20)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that carry these labels, as the web process tells it."""
        return _sum(self.page("/metrics").text, name, labels)

    def count(self, port: int, name: str, **labels: str) -> float:
        """The same of a worker that tells its counts on this port."""
        return _sum(requests.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text, name, labels)

    def measure(self, name: str, **labels: str) -> float:
        """The same where no web runs: what is counted in the database is the same in every process."""
        return _sum(self.app.test_client().get("/metrics").text, name, labels)

    def close(self) -> None:
        for key in self.processes:
            self.kills(key)

    def drains(self) -> None:
        """Do what is due, here and now, without a worker."""
        with self.app.app_context():
            drain()

    # What it says of itself at the end.

    def command(self, *words: str) -> tuple[int, str]:
        """One command of the operator: exit code and output."""
        told = CliRunner().invoke(cli, [*words], obj=ScriptInfo(create_app=lambda: self.app))
        return told.exit_code, told.output

    def is_verified(self) -> None:
        """`regulars verify` finds nothing."""
        code, told = self.command("verify")
        assert code == 0, told


def _sum(page: str, name: str, labels: dict[str, str]) -> float:
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return sum(sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items())


def listens(port: int) -> bool:
    """Whether a web process answers there."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).status_code == 200
    except requests.RequestException:
        return False


def kill(pid: int) -> None:
    """kill -9, if it lives."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@dataclass
class Desk:
    """A shop of the town: it sends orders and adds work, and compares at the end."""

    town: Town
    shop: WorldShop
    told: dict[int, str] = field(default_factory=dict)  # by order: the best that any answer said
    statuses: "Counter[int]" = field(default_factory=Counter)
    slowest_seconds: float = 0.0

    # Orders, over the wire.

    def order(self, number: int) -> dict[str, Any]:
        """An order of ten points; a handful of buyers, so that orders meet at their accounts."""
        return self.shop.order(BUYERS[number % len(BUYERS)], f"{POINTS}.00", number=number)

    def delivers(self, number: int, body: dict[str, Any] | bytes, *, address: str | None = None) -> str:
        """Send an order as the shop does, and write down what became of it."""
        started = time.monotonic()
        try:
            answer = self.shop.sends_with(
                _Wire(address or self.town.address),  # type: ignore[arg-type]
                "orders/paid",
                body,
                **{"X-Shopify-Webhook-Id": f"wh-{number}"},
            )
        except requests.RequestException as error:
            outcome = REFUSED if _never_left(error) else UNKNOWN
        else:
            self.statuses[answer.status_code] += 1
            assert answer.status_code in (200, 503), answer.text
            outcome = KEPT if answer.status_code == 200 else REFUSED
        self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - started)
        if self.told.get(number) != KEPT:
            self.told[number] = outcome
        return outcome

    def delivers_all(self, numbers: Iterable[int], *, at_once: int = 8, pause_seconds: float = 0.0) -> None:
        """Many orders through several connections."""
        orders = [(number, self.order(number)) for number in numbers]

        def send(pair: tuple[int, dict[str, Any]]) -> None:
            self.delivers(*pair)
            time.sleep(pause_seconds)

        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(send, orders))

    def numbers(self, outcome: str) -> list[int]:
        """The orders of which a client was told this."""
        return sorted(number for number, told in self.told.items() if told == outcome)

    def sends_the_rest_again(self, *, seconds: float = PATIENCE_SECONDS) -> None:
        """As a shop does: what was not answered with 200 comes again, until it is."""
        deadline = time.monotonic() + seconds
        while missing := [*self.numbers(REFUSED), *self.numbers(UNKNOWN)]:
            assert time.monotonic() < deadline, f"{len(missing)} could not be delivered"
            for number in missing:
                self.delivers(number, self.shop.orders[str(number)])
            time.sleep(0.1)

    def becomes_known(self, who: str) -> None:
        """Somebody of the cast is a customer: one order, kept and worked on by nobody but this process."""
        order = self.shop.order(who, f"{POINTS}.00", number=1)
        client = self.town.app.test_client()
        assert self.shop.sends_with(client, "orders/paid", order, **{"X-Shopify-Webhook-Id": "wh-1"}).status_code == 200
        self.told[1] = KEPT
        self.town.drains()

    def has_currency(self, code: str) -> None:
        """What was wrong with the shop is put right."""
        self.shop.world.writes(lambda session: setattr(session.get(Shop, self.shop.id), "currency", code))

    # Work of the tests, written straight into the outbox.

    def adds(self, kind: str, numbers: Iterable[int], **payload: Any) -> None:
        """Work rows, as a service writes them; the bell rings after the commit."""
        now = clock.now()
        rows = [work.row(self.shop.id, kind, str(n), {"n": n, **payload}, now) for n in numbers]
        self.shop.world.writes(lambda session: work.add(session, rows))

    def effects(self) -> list[tuple[int, float, str]]:
        """What the handlers did: number, time, note."""
        return self.shop.world.reads(effects)

    def counted(self) -> "Counter[int]":
        """How often each number was done."""
        return Counter(n for n, _, _ in self.effects())

    # Waiting, and what must hold in the end.

    def states(self, table: Any = InboxRow, **like: Any) -> dict[str, int]:
        """How many rows are in which state."""
        question = select(table.state, func.count()).where(table.shop_id == self.shop.id).filter_by(**like)
        return self.shop.world.reads(
            lambda session: {row[0]: row[1] for row in session.execute(question.group_by(table.state))}
        )

    def is_quiet(self, *tables: Any) -> bool:
        """Whether nothing waits and nothing is being done."""
        return not any(
            state in ("ready", "leased") for table in tables or (InboxRow, WorkRow) for state in self.states(table)
        )

    def becomes_quiet(self, *tables: Any, seconds: float = PATIENCE_SECONDS) -> float:
        """Wait until it is; how many seconds that took."""
        started = time.monotonic()
        wait_until(lambda: self._quiet_for(tables), "work was left undone", seconds=seconds)
        return time.monotonic() - started

    def _quiet_for(self, tables: tuple[Any, ...]) -> bool:
        time.sleep(0.1)
        return self.is_quiet(*tables)

    def earned(self) -> "Counter[int]":
        """How often each order was posted, by `regulars ledger export`."""
        code, told = self.town.command("ledger", "export", self.shop.key)
        assert code == 0, told
        entries = [json.loads(line) for line in told.splitlines()]
        assert all(entry["amount"] == POINTS and entry["kind"] == "earn" for entry in entries)
        return Counter(int(entry["cause_id"]) for entry in entries)

    def has_lost_and_doubled_nothing(self) -> None:
        """Every order that was kept is posted once; what was not is there at most once; the ledger verifies."""
        earned = self.earned()
        assert [number for number in self.numbers(KEPT) if earned[number] != 1] == []
        assert [number for number, times in earned.items() if times > 1] == []
        assert set(earned) <= set(self.told)
        self.town.is_verified()

    def kept_rows(self) -> set[int]:
        """The orders that have a row in the inbox, whatever anybody was told."""
        question = select(InboxRow.delivery_id).where(InboxRow.shop_id == self.shop.id)
        found = self.shop.world.reads(lambda session: [*session.scalars(question)])
        assert len(found) == len(set(found)), "a delivery is there twice"
        return {int(one.removeprefix("wh-")) for one in found}


class _Wire:
    """Posts over HTTP, each time on a connection of its own, as shops do."""

    def __init__(self, base: str) -> None:
        self.base = base

    def post(self, path: str, *, data: bytes, headers: dict[str, str], content_type: str) -> requests.Response:
        return requests.post(self.base + path, data=data, headers=headers | {"Content-Type": content_type}, timeout=20)


def _never_left(error: requests.RequestException) -> bool:
    """Whether nobody listened: then it is sure that nothing was kept."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


def open_desk(town: Town) -> Desk:
    """A shop in this town, and the table in which the handlers of the tests write down what they did."""
    with town.app.app_context(), all_shops("verify"):
        EFFECTS.create(town.app.extensions["sqlalchemy"].engine)
    return Desk(town, town.shop())


def during(action: Callable[[], object], fault: Callable[[], object]) -> None:
    """Do something in a thread while a fault happens in this one; servers are started here, for they die with their thread."""
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(action)
        try:
            fault()
        finally:
            doing.result()
