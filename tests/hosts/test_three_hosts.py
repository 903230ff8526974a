"""Web and workers on three hosts, one PostgreSQL and one Valkey: a host that goes takes nothing along."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select

from regulars import clock
from regulars.keys import new_root_key
from regulars.standalone import create_app
from regulars_webhooks.inbox import InboxRow
from tests.databases import migrate
from tests.embedded.house import PATIENCE_SECONDS, QUICK
from tests.hosts.network import Host, PostgresOnNetwork, ValkeyOnNetwork, bridge, can_be_made
from tests.servers import wait_until
from tests.world import TestClock, World, WorldShop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.postgres,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not can_be_made(), reason="network namespaces need root and iproute2"),
    pytest.mark.parametrize("database_kind", ["postgres"], indirect=True),
    pytest.mark.usefixtures("database_kind"),
]

CAST = ("ada", "bea", "cid", "dan", "eva", "fay")
_HOLD = """
from regulars.standalone import create_app
from regulars.db import unit_of_work
from sqlalchemy import text
import time
def hold(session):
    session.execute(text("SELECT * FROM regulars_customers WHERE shop_id > 0 FOR UPDATE"))
    print("held", flush=True)
    time.sleep(3600)
with create_app().app_context():
    unit_of_work(hold)
"""


@dataclass
class Senders:
    """The shop's side: tries the hosts in turn until one says 200; keeps a journal of what each delivery met."""

    hosts: list[Host]
    kept: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    _turn: "count[int]" = field(default_factory=count)

    def post(self, path: str, *, data: bytes, headers: dict[str, str], content_type: str) -> requests.Response:
        for _ in range(60):
            host = self.hosts[next(self._turn) % len(self.hosts)]
            try:
                answer = requests.post(
                    host.address + path, data=data, headers=headers | {"Content-Type": content_type}, timeout=(1, 5)
                )
            except requests.RequestException:
                self.unknown.append(host.name)
                continue
            if answer.status_code == 200:
                self.kept.append(host.name)
                return answer
        raise AssertionError("no host took the delivery")


@dataclass
class Town:
    """Three hosts, their servers, and the shop that sends to them."""

    app: Flask
    hosts: list[Host]
    postgres: PostgresOnNetwork
    senders: Senders
    shop: WorldShop

    def sends_orders(self, number: int) -> None:
        """Everybody buys for 10.00, several at the same time."""
        orders = [self.shop.order(CAST[place % len(CAST)], "10.00") for place in range(number)]
        with ThreadPoolExecutor(6) as pool:
            for answer in pool.map(lambda order: self.shop.sends("orders/paid", order), orders):
                assert answer.status_code == 200

    def open_rows(self) -> int:
        """Messages that are kept and not done."""
        still = select(func.count()).where(InboxRow.shop_id == self.shop.id, InboxRow.state.in_(("ready", "leased")))
        return self.shop.world.reads(lambda session: session.scalar(still) or 0)

    def is_done(self) -> None:
        """Wait until everything that was kept is done."""
        wait_until(lambda: self.open_rows() == 0, "the hosts did not finish", seconds=PATIENCE_SECONDS)

    def everybody_has(self, points: int) -> None:
        assert {who: self.shop.points(who) for who in CAST} == dict.fromkeys(CAST, points)
        assert self.shop.is_clean()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with bridge() as network:
        postgres, valkey, hosts = PostgresOnNetwork(), ValkeyOnNetwork(), list[Host]()
        app = None
        try:
            postgres.start()
            valkey.start()
            url = postgres.create_database("regulars")
            migrate(url)
            secret = {"REGULARS_ROOT_KEY": new_root_key(), "REGULARS_DATA": str(tmp_path / "data")} | QUICK
            app = create_app(secret | {"REGULARS_DATABASE_URL": url})
            theirs = secret | {
                "REGULARS_DATABASE_URL": postgres.address("regulars"),
                "REGULARS_REDIS_URL": valkey.address,
            }
            hosts += [Host(network, number, theirs, tmp_path) for number in (1, 2, 3)]
            yield _open(app, hosts, postgres, tmp_path)
        finally:
            for host in hosts:
                host.gone()
            if app is not None:
                with app.app_context():
                    app.extensions["sqlalchemy"].engine.dispose()
            valkey.discard()
            postgres.discard()


def _open(app: Flask, hosts: list[Host], postgres: PostgresOnNetwork, folder: Path) -> Town:
    for host in hosts:
        host.opens()
    for host in hosts:
        wait_until(partial(_is_ready, host), f"{host.name} was not ready", seconds=PATIENCE_SECONDS)
    world = World(app, TestClock(folder / "no-test-clock", clock.now()))
    senders = Senders(hosts)
    world.client = senders  # type: ignore[assignment]
    shop = world.shop()
    world.clock.moment = clock.now()  # an order from before the shop was here is history
    return Town(app, hosts, postgres, senders, shop)


def _is_ready(host: Host) -> bool:
    try:
        return requests.get(f"{host.address}/healthz", timeout=1).status_code == 200
    except requests.RequestException:
        return False


def test_a_host_cut_off_and_killed_in_the_middle_loses_nothing(town: Town) -> None:
    town.sends_orders(60)
    with ThreadPoolExecutor(1) as pool:
        rest = pool.submit(town.sends_orders, 120)
        wait_until(lambda: len(town.senders.kept) >= 80, "the shop did not come along")
        town.hosts[1].is_cut_off()
        wait_until(lambda: bool(town.senders.unknown), "nobody noticed")
        town.hosts[1].is_killed()
        rest.result(120)
    town.is_done()
    town.everybody_has(300)
    assert {host.name for host in town.hosts} == set(town.senders.kept), "each of them had its share"


def test_a_host_cut_off_and_back_finds_its_work_done_by_others(town: Town) -> None:
    for worker in (host.processes["worker"] for host in (town.hosts[0], town.hosts[2])):
        worker.kill()
    town.sends_orders(30)
    town.hosts[1].is_cut_off()
    town.sends_orders(30)
    for host in (town.hosts[0], town.hosts[2]):
        host.starts("worker")
    town.is_done()
    town.hosts[1].is_back()
    town.sends_orders(30)
    town.is_done()
    town.everybody_has(150)


def test_a_host_cut_off_inside_a_transaction_frees_its_locks(town: Town) -> None:
    town.sends_orders(6)
    town.is_done()
    _holds_all_customers(town.hosts[1])
    town.hosts[1].is_cut_off()
    town.sends_orders(6)
    town.is_done()
    town.everybody_has(20)


def _holds_all_customers(host: Host) -> None:
    """A process of the host stands in a transaction that has locked every customer."""
    process = host.runs("holder", _HOLD)
    wait_until(lambda: "held" in process.says(), "nothing was held", seconds=PATIENCE_SECONDS)
