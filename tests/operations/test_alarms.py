"""Each fault is made once, really, and the alarm that is meant for it rings; before it, none does."""

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
import yaml
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from regulars import gauges, metrics, runtime, signals
from regulars.commands import cli
from regulars.db import database_now
from regulars.errors import LostLease
from regulars.gauges import DATABASE_GAUGES, OTHER_GAUGES
from regulars.keys import new_root_key
from regulars.work import service
from regulars.work.runner import drain
from tests.operations.behind import says
from tests.operations.promql import Scrape, names, rings
from tests.operations.test_doctor import has_set, registered
from tests.servers import ValkeyServer
from tests.world import World, WorldShop

ROOT = Path(__file__).resolve().parents[2]
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load((ROOT / "ops" / "alarms.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
RUNBOOK = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

#: Prometheus' own, not ours.
PROMETHEUS = {"up"}


def scrape(app: Flask) -> Scrape:
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    return Scrape(answer.text)


def ringing(app: Flask, before: Scrape) -> set[str]:
    """The alarms that ring now, whatever their wait."""
    now = scrape(app)
    return {name for name, rule in RULES.items() if rings(rule["expr"], now, before)}


@pytest.fixture
def calm(shop: WorldShop, queue: ValkeyServer) -> WorldShop:
    """A shop on a good day: a worker listens, the clock ticks, something was bought, the night has sealed it."""
    app = shop.world.app
    has_set(app, redis_url=queue.url)
    registered(redis.Redis.from_url(queue.url))
    shop.customer_pays("ada")
    shop.world.sleeps(hours=20)
    return shop


# What is in the files


@pytest.mark.parametrize("name", RULES)
def test_every_alarm_is_whole(name: str) -> None:
    rule = RULES[name]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
    assert f"### {name}\n" in RUNBOOK, "the runbook says nothing about it"


def test_the_runbook_has_no_alarm_that_is_gone() -> None:
    assert set(re.findall(r"^### (Regulars\w+)$", RUNBOOK, re.MULTILINE)) == RULES.keys()


def test_every_metric_of_the_alarms_is_told_by_a_running_app(calm: WorldShop) -> None:
    asked = {metric for rule in RULES.values() for metric in names(rule["expr"])} - PROMETHEUS
    told = scrape(calm.world.app).names()
    if "regulars_disk_free_ratio" not in told:  # only SQLite's disk is ours to see
        asked.discard("regulars_disk_free_ratio")
    assert asked - told == set()


def test_every_metric_is_documented() -> None:
    counters = {f"{counter.name}_total" for counter in metrics.REGISTRY.collect()}
    measured = {gauge.name for gauge in DATABASE_GAUGES} | OTHER_GAUGES.keys()
    shown = set(re.findall(r"^\| `(regulars_\w+)", RUNBOOK, re.MULTILINE))
    assert shown == counters | measured
    assert [fault for fault in metrics.FAULTS if f"`{fault}`" not in RUNBOOK] == []


def test_no_metric_is_labelled_by_a_person_or_a_shop(calm: WorldShop) -> None:
    labels = set(re.findall(r'[{,](\w+)="', scrape(calm.world.app).text))
    assert labels <= {"platform", "signal", "fault", "drain", "state", "kind", "server"}


# What rings


def test_on_a_good_day_nothing_rings(calm: WorldShop) -> None:
    assert ringing(calm.world.app, scrape(calm.world.app)) == set()


def test_a_dead_letter_rings_at_the_next_scrape(calm: WorldShop) -> None:
    """P10: 15 s to the scrape, 15 s to the rule; no wait."""
    before = scrape(calm.world.app)
    calm.sends("orders/paid", b'{"id":900001,')
    calm.world.works()
    assert ringing(calm.world.app, before) == {"RegularsDeadLetter"}
    assert "for" not in RULES["RegularsDeadLetter"]


def without_database(shop: WorldShop, _: ValkeyServer) -> None:
    says(shop.world.app, "ALTER TABLE regulars_inbox RENAME TO elsewhere")
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 503


def wrong_key(shop: WorldShop, _: ValkeyServer) -> None:
    hand = runtime.of(shop.world.app)
    hand.keyring = type(hand.keyring)(new_root_key())


def damaged_ledger(shop: WorldShop, _: ValkeyServer) -> None:
    says(shop.world.app, "UPDATE regulars_accounts SET available = available + 1")
    told = CliRunner().invoke(cli, ["verify"], obj=ScriptInfo(create_app=lambda: shop.world.app))
    assert told.exit_code == 1, told.output


def no_worker(_: WorldShop, queue: ValkeyServer) -> None:
    queue.flush()


def work_waits(shop: WorldShop, _: ValkeyServer) -> None:
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 200
    shop.world.clock.passes(minutes=3)


def unknown_outcome(shop: WorldShop, _: ValkeyServer) -> None:
    says(shop.world.app, "UPDATE regulars_work SET state = 'dead', sending_since = run_at WHERE kind = 'ledger.seal'")


def mail_server_away(shop: WorldShop, _: ValkeyServer) -> None:
    has_set(shop.world.app, smtp_url="smtp://127.0.0.1:1", mail_from="hello@alpha.example")
    assert shop.sends("orders/paid", shop.order("bea")).status_code == 200
    _drains(shop.world)


def queue_away(_: WorldShop, queue: ValkeyServer) -> None:
    queue.stop()


def queue_forgets(_: WorldShop, queue: ValkeyServer) -> None:
    redis.Redis.from_url(queue.url).config_set("maxmemory-policy", "allkeys-lru")


def no_clock(shop: WorldShop, _: ValkeyServer) -> None:
    shop.world.clock.passes(minutes=21)


def not_sealed(shop: WorldShop, _: ValkeyServer) -> None:
    says(shop.world.app, "DELETE FROM regulars_seals")
    says(shop.world.app, "UPDATE regulars_shops SET created_at = '2026-02-01 00:00:00'")


def strangers(shop: WorldShop, _: ValkeyServer) -> None:
    for _number in range(51):
        assert shop.sends("orders/paid", shop.order("ada"), **{"X-Shopify-Hmac-Sha256": "bm8="}).status_code == 401


def leases_lost(shop: WorldShop, _: ValkeyServer) -> None:
    """Each worker stalls until another takes over; what it did is rolled back."""
    for _number in range(6):
        assert shop.sends("orders/paid", shop.order("ada")).status_code == 200
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(service, "finish", _too_late)
            _drains(shop.world)
        says(shop.world.app, "UPDATE regulars_inbox SET lease_until = NULL, lease_token = NULL WHERE state = 'ready'")
        shop.world.works()


def _too_late(*_: Any, **__: Any) -> None:
    raise LostLease("Another worker took over.")


def worker_died(shop: WorldShop, _: ValkeyServer) -> None:
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 200
    gone = "lease_token = 'gone', lease_until = '2020-01-01 00:00:00'"
    says(shop.world.app, f"UPDATE regulars_inbox SET attempts = 1, {gone} WHERE state = 'ready'")


def pages_without_database(shop: WorldShop, _: ValkeyServer) -> None:
    says(shop.world.app, "ALTER TABLE regulars_program_versions RENAME TO elsewhere")
    for _number in range(6):
        assert shop.world.client.get("/storefront/alpha/program").status_code == 503


def handler_fails(shop: WorldShop, _: ValkeyServer) -> None:
    def fails(_app: Flask, **_ids: Any) -> None:
        raise ZeroDivisionError

    with signals.points_posted.connected_to(fails):
        shop.customer_pays("bea")


def endpoint_gone(shop: WorldShop, _: ValkeyServer) -> None:
    arguments = ["endpoint", "add", "alpha", "--url", "https://93.184.215.14/hook", "--event", "stage.changed"]
    CliRunner().invoke(cli, arguments, obj=ScriptInfo(create_app=lambda: shop.world.app))
    says(shop.world.app, "UPDATE regulars_endpoints SET disabled_at = created_at")


def _drains(world: World) -> None:
    with world.app.app_context():
        drain()


FAULTS: dict[str, tuple[Callable[[WorldShop, ValkeyServer], None], set[str]]] = {
    "RegularsNotKept": (without_database, {"RegularsDatabaseDown"}),
    "RegularsDatabaseDown": (without_database, {"RegularsNotKept"}),
    "RegularsRootKeyWrong": (wrong_key, set()),
    "RegularsVerifyFailed": (damaged_ledger, set()),
    "RegularsNoWorker": (no_worker, set()),
    "RegularsWorkLate": (work_waits, set()),
    "RegularsUnknownOutcome": (unknown_outcome, {"RegularsDeadLetter"}),
    "RegularsRetrying": (mail_server_away, set()),
    "RegularsQueueDown": (queue_away, set()),
    "RegularsQueueForgets": (queue_forgets, set()),
    "RegularsNoClock": (no_clock, set()),
    "RegularsSealOld": (not_sealed, set()),
    "RegularsSignaturesRefused": (strangers, set()),
    "RegularsWorkersStumble": (leases_lost, set()),
    "RegularsLeasesOverdue": (worker_died, set()),
    "RegularsDatabaseShaky": (pages_without_database, set()),
    "RegularsHandlerFailed": (handler_fails, set()),
    "RegularsEndpointDisabled": (endpoint_gone, set()),
}


@pytest.mark.parametrize("alarm", FAULTS)
def test_a_fault_rings_its_own_alarm(calm: WorldShop, queue: ValkeyServer, alarm: str) -> None:
    before = scrape(calm.world.app)
    fault, others = FAULTS[alarm]
    fault(calm, queue)
    assert ringing(calm.world.app, before) == {alarm} | others


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_disk_that_is_nearly_full_rings(calm: WorldShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1000, used=950, free=50))
    assert ringing(calm.world.app, scrape(calm.world.app)) == {"RegularsDiskNearlyFull"}


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
def test_clocks_that_are_apart_ring(calm: WorldShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "database_now", lambda session: database_now(session) - timedelta(seconds=2))
    assert ringing(calm.world.app, scrape(calm.world.app)) == {"RegularsClockSkew"}


def test_an_alarm_that_no_fault_rings_is_known() -> None:
    tested_apart = {"RegularsDown", "RegularsDeadLetter", "RegularsDiskNearlyFull", "RegularsClockSkew"}
    assert RULES.keys() == FAULTS.keys() | tested_apart
