"""`regulars doctor` names each thing that is wrong, with what to do. Every test makes it wrong and reads the sentence."""

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
import redis
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import event

from regulars import doctoring, runtime
from regulars.commands import cli
from regulars.doctoring import Finding
from regulars.doctoring.database import postgres_trouble
from regulars.doctoring.installation import filesystem
from regulars.errors import SettingsError
from regulars.keys import new_root_key
from regulars.settings import read
from regulars.standalone import create_app
from regulars.work.doorbell import Doorbell
from tests.operations.behind import says
from tests.servers import SmtpSink, ValkeyServer, free_port
from tests.world import World, WorldShop

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)


def finding(app: Flask, what: str) -> Finding:
    """What doctor finds about one thing."""
    with app.app_context():
        return next(found for found in doctoring.examine(None) if found.what == what)


def is_named(app: Flask, what: str, *words: str) -> bool:
    """Doctor says that it is wrong, in these words, and what to do."""
    found = finding(app, what)
    told = f"{found.says}; {found.remedy}"
    assert not found.good, told
    assert [word for word in words if word not in told] == [], told
    return True


def has_set(app: Flask, **settings: Any) -> None:
    """The app as if it had been started with these settings."""
    hand = runtime.of(app)
    known = {f"REGULARS_{name.upper()}": value for name, value in vars(hand.settings).items()}
    hand.settings = read(known | {f"REGULARS_{name.upper()}": value for name, value in settings.items()}, {})
    hand.doorbell = Doorbell(hand.settings)


# The installation


@on_sqlite
def test_a_test_clock_outside_the_test_mode(app: Flask) -> None:
    has_set(app, mode="development")
    assert is_named(app, "test clock", "REGULARS_TEST_CLOCK", "unset")


@on_sqlite
def test_production_refuses_the_test_clock_at_the_start(app: Flask, database_url: str) -> None:
    config = {"REGULARS_MODE": "production", "REGULARS_DATABASE_URL": database_url, "REGULARS_ROOT_KEY": new_root_key()}
    with pytest.raises(SettingsError, match="REGULARS_TEST_CLOCK"):
        create_app(config)


@on_sqlite
def test_flasks_debugger_in_production(app: Flask) -> None:
    has_set(app, mode="production")
    app.debug = True
    assert is_named(app, "debug", "debug mode is on", "FLASK_DEBUG")


@on_sqlite
def test_a_public_address_without_tls_in_production(app: Flask) -> None:
    has_set(app, mode="production", public_url="http://loyalty.example.com")
    assert is_named(app, "public address", "not https", "REGULARS_PUBLIC_URL")


@on_sqlite
def test_a_key_file_that_others_may_read(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "root-key"
    key.write_text(new_root_key())
    monkeypatch.setenv("REGULARS_ROOT_KEY_FILE", str(key))
    key.chmod(0o600)
    assert finding(app, "secret files").good
    key.chmod(0o644)
    assert is_named(app, "secret files", str(key), "chmod 600")


@on_sqlite
def test_a_machine_without_time_zones(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoneinfo.ZoneInfo", _no_zone)
    assert is_named(app, "time zones", "tzdata")


def _no_zone(name: str) -> None:
    raise ZoneInfoNotFoundError(name)


@on_sqlite
@pytest.mark.parametrize(("version", "good"), [("1.16.2", False), ("2.12.0", True), ("3.9", True), ("4.0.0", False)])
def test_a_version_of_rq_that_we_do_not_know(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, good: bool
) -> None:
    folder = tmp_path / f"rq-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: rq\nVersion: {version}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert finding(app, "rq").good == good


@on_sqlite
def test_a_disk_that_is_nearly_full(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10**12, used=10**12, free=200 << 20))
    assert is_named(app, "disk", "200 MiB", "make room")


MOUNTS = """\
22 1 0:21 / / rw shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /srv/shared\\040files rw shared:9 - nfs4 files:/ rw
41 40 0:36 / /srv/shared\\040files/local rw shared:9 - xfs /dev/sdb1 rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/srv/shared files/regulars", "nfs4"), ("/srv/shared files/local/x", "xfs"), ("/srv/shared", "ext4")],
)
def test_the_file_system_of_a_folder_is_its_deepest_mounts(folder: str, kind: str) -> None:
    assert filesystem(Path(folder), MOUNTS) == kind


@on_sqlite
def test_sqlite_on_a_network_file_system(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 0:21 / / rw - nfs4 files:/ rw\n")
    monkeypatch.setattr("regulars.doctoring.installation._MOUNTS", mounts)
    assert is_named(app, "place of SQLite", "nfs4", "PostgreSQL")


@on_sqlite
def test_no_mail_server_and_one_that_is_away(app: Flask, smtp_sink: SmtpSink) -> None:
    assert is_named(app, "mail server", "letters are skipped", "REGULARS_SMTP_URL")
    has_set(app, smtp_url=f"smtp://user:hush@127.0.0.1:{free_port()}")
    assert is_named(app, "mail server", "does not answer (ConnectionRefusedError)")
    assert "hush" not in finding(app, "mail server").says
    has_set(app, smtp_url=smtp_sink.url)
    assert finding(app, "mail server").good


@on_sqlite
@pytest.mark.parametrize("sender", ["", "Kavárna Morava", "hello@"])
def test_letters_from_nobody(app: Flask, sender: str) -> None:
    has_set(app, mail_from=sender)
    assert is_named(app, "mail sender", "REGULARS_MAIL_FROM")


# The queue server


@on_sqlite
def test_a_queue_server_that_is_away(app: Flask) -> None:
    has_set(app, redis_url="unix:///nowhere/valkey.sock?db=0")
    assert is_named(app, "queue", "does not answer", "nothing is lost", "REGULARS_REDIS_URL")


@on_sqlite
def test_a_queue_server_that_may_evict(app: Flask, queue: ValkeyServer) -> None:
    has_set(app, redis_url=queue.url)
    redis.Redis.from_url(queue.url).config_set("maxmemory-policy", "volatile-ttl")
    assert is_named(app, "queue policy", "volatile-ttl", "noeviction")


@on_sqlite
def test_a_queue_server_without_a_file_is_a_tip(app: Flask, queue: ValkeyServer) -> None:
    has_set(app, redis_url=queue.url)
    assert not finding(app, "queue file").advice
    redis.Redis.from_url(queue.url).config_set("appendonly", "no")
    found = finding(app, "queue file")
    assert (found.good, found.advice, "appendonly" in found.remedy) == (True, True, True)


@on_sqlite
def test_no_worker_and_one_that_listens_in_another_database(app: Flask, queue: ValkeyServer) -> None:
    has_set(app, redis_url=queue.url)
    assert is_named(app, "workers", "nobody listens to the queue 'regulars' in database 0", "regulars worker")
    elsewhere = redis.Redis.from_url(queue.url.replace("db=0", "db=3"))
    registered(elsewhere)
    assert is_named(app, "workers", "in database 3 somebody does")
    registered(redis.Redis.from_url(queue.url))
    assert finding(app, "workers").good


@on_sqlite
def test_a_worker_that_fell_silent(app: Flask, queue: ValkeyServer) -> None:
    has_set(app, redis_url=queue.url)
    client = redis.Redis.from_url(queue.url)
    long_ago = datetime.now(UTC) - timedelta(minutes=40)
    client.hset(registered(client), "last_heartbeat", long_ago.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert is_named(app, "workers", "for 40 minutes")


def registered(client: redis.Redis) -> str:
    """A worker that has said that it is there; gives its key."""
    queue = Queue("regulars", connection=client, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=client, serializer=JSONSerializer)
    worker.register_birth()  # type: ignore[no-untyped-call]
    return str(worker.key)


# The database


def test_a_database_that_was_not_upgraded(app: Flask) -> None:
    says(app, "UPDATE regulars_alembic_version SET version_num = '0001'")
    assert is_named(app, "database", "0001", "regulars db upgrade")
    assert app.test_client().get("/readyz").status_code == 503


def test_a_database_that_newer_code_has_upgraded(app: Flask) -> None:
    says(app, "UPDATE regulars_alembic_version SET version_num = '9999'")
    assert is_named(app, "schema", "9999", "install the newer version")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, "9999" in answer.json["warnings"][0]) == (200, True)  # type: ignore[index]


def test_the_wrong_root_key(shop: WorldShop) -> None:
    hand = runtime.of(shop.world.app)
    hand.keyring = type(hand.keyring)(new_root_key())
    assert is_named(shop.world.app, "root key", "REGULARS_ROOT_KEY")
    assert is_named(shop.world.app, "sources' secrets", "alpha/shopify", "rotate")


def test_entries_that_could_be_changed(app: Flask, database_kind: str) -> None:
    assert finding(app, "protection of the ledger").good
    on = {"sqlite": "regulars_entries_no_update", "postgres": "regulars_entries_never_changes ON regulars_entries"}
    says(app, f"DROP TRIGGER {on[database_kind]}")
    assert is_named(app, "protection of the ledger", on[database_kind].partition(" ")[0], "regulars verify")


@on_postgres
def test_a_trigger_that_is_switched_off(app: Flask) -> None:
    says(app, "ALTER TABLE regulars_audit DISABLE TRIGGER regulars_audit_never_emptied")
    assert is_named(app, "protection of the ledger", "regulars_audit_never_emptied")


@on_postgres
def test_a_role_that_owns_the_ledger_is_a_tip(app: Flask) -> None:
    found = finding(app, "database role")
    assert (found.good, found.advice, "owns nothing" in found.remedy) == (True, True, True)


@on_sqlite
def test_sqlite_that_does_not_sync(app: Flask) -> None:
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    event.listen(engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=OFF"))
    engine.dispose()
    assert is_named(app, "database settings", "synchronous is 0")


@on_postgres
def test_postgresql_without_fsync(app: Flask) -> None:  # as the suite's own server runs
    assert is_named(app, "database settings", "fsync is off", "full_page_writes is off")


@pytest.mark.parametrize(
    ("version", "values", "says"),
    [
        (140_011, {}, "PostgreSQL 14 is too old"),
        (150_000, {"default_transaction_isolation": "serializable"}, "default_transaction_isolation is serializable"),
        (180_001, {"default_transaction_read_only": "on"}, "nothing can be kept"),
        (180_001, {"fsync": "on", "full_page_writes": "on"}, None),
    ],
)
def test_postgresql_that_promises_something_else(version: int, values: dict[str, str], says: str | None) -> None:
    trouble = postgres_trouble(version, values)
    assert trouble is None if says is None else says in str(trouble)


@on_postgres
def test_commits_that_may_be_lost_are_a_tip(app: Flask) -> None:
    found = finding(app, "synchronous commit")
    assert (found.good, found.advice, "is lost" in found.says) == (True, True, True)


@on_postgres
def test_clocks_that_are_apart(app: Flask, monkeypatch: pytest.MonkeyPatch, queue: ValkeyServer) -> None:
    has_set(app, redis_url=queue.url)
    assert finding(app, "clocks").good
    assert finding(app, "queue clock").good
    for module in ("database", "queue"):
        monkeypatch.setattr(f"regulars.doctoring.{module}.datetime", _TwoSecondsLate)
    assert is_named(app, "clocks", "+2.", "NTP")
    assert is_named(app, "queue clock", "+2.", "NTP")


class _TwoSecondsLate(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(time.time() - 2, tz)


# The work


def test_no_clock_has_ticked(shop: WorldShop) -> None:
    assert finding(shop.world.app, "clock").good  # a shop of ten minutes is young
    shop.world.clock.passes(minutes=20)
    assert is_named(shop.world.app, "clock", "alpha", "regulars clock")
    shop.world.ticks()
    assert finding(shop.world.app, "clock").good


def test_due_work_that_nobody_does(shop: WorldShop) -> None:
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 200
    shop.world.clock.passes(minutes=11)
    assert is_named(shop.world.app, "work", "inbox: 11 minutes", "regulars worker")
    shop.world.works()
    assert finding(shop.world.app, "work").good


def test_dead_letters(shop: WorldShop) -> None:
    assert shop.sends("orders/paid", b'{"id":900001,').status_code == 200
    shop.world.works()
    assert is_named(shop.world.app, "dead letters", "1 wait", "inbox 1", "deadletters")


def test_parcels_without_an_answer(shop: WorldShop) -> None:
    shop.customer_pays("ada")
    says(shop.world.app, "UPDATE regulars_work SET state = 'dead', sending_since = run_at")
    assert is_named(shop.world.app, "unknown outcomes", "got no answer", "replay")


def test_a_ledger_that_nobody_seals(shop: WorldShop) -> None:
    shop.customer_pays("ada")
    shop.world.sleeps(hours=20)
    assert finding(shop.world.app, "seals").good
    shop.world.clock.passes(days=3)
    assert is_named(shop.world.app, "seals", "alpha (3 days)", "regulars clock")


def test_a_verification_that_found_something(shop: WorldShop) -> None:
    run(shop.world.app, "verify")
    assert finding(shop.world.app, "last verify").good
    shop.customer_pays("ada")
    says(shop.world.app, "UPDATE regulars_accounts SET available = available + 1")
    shop.world.clock.passes(minutes=1)
    assert run(shop.world.app, "verify")[0] == 1
    assert is_named(shop.world.app, "last verify", "2026-03-02 09:01", "operations.md")


def test_an_endpoint_that_is_gone(shop: WorldShop) -> None:
    run(shop.world.app, "endpoint", "add", "alpha", "--url", "https://93.184.215.14/hook", "--event", "stage.changed")
    says(shop.world.app, "UPDATE regulars_endpoints SET disabled_at = created_at, disabled_why = 'gone'")
    assert is_named(shop.world.app, "endpoints", "https://93.184.215.14/hook (alpha)")


def test_a_shop_without_a_source_or_a_program(world: World) -> None:
    world.shop("beta", document=None)
    says(world.app, "DELETE FROM regulars_sources")
    assert is_named(world.app, "fed", "beta", "regulars source add")
    assert is_named(world.app, "programs", "beta", "regulars program apply")


def test_a_shop_in_a_zone_that_is_not_known_here(shop: WorldShop) -> None:
    says(shop.world.app, "UPDATE regulars_shops SET timezone = 'Mars/Olympus'")
    assert is_named(shop.world.app, "shops' zones", "alpha (Mars/Olympus)", "tzdata")


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [*arguments], obj=ScriptInfo(create_app=lambda: app))
    return done.exit_code, done.output


# The command


@on_sqlite
def test_the_command_fails_for_a_problem_and_not_for_a_tip(
    shop: WorldShop, smtp_sink: SmtpSink, queue: ValkeyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REGULARS_DATA", str(tmp_path / "none"))
    has_set(
        shop.world.app, smtp_url=smtp_sink.url, mail_from="Alpha <hello@alpha.example>", redis_url=queue.url,
        public_url="https://alpha.example",
    )  # fmt: skip
    client = redis.Redis.from_url(queue.url)
    registered(client)
    code, told = run(shop.world.app, "doctor", "alpha")
    assert code == 0, told
    client.config_set("appendonly", "no")
    code, told = run(shop.world.app, "doctor", "alpha")
    assert (code, "tip  queue file" in told) == (0, True), told
    client.config_set("maxmemory-policy", "allkeys-lru")
    code, told = run(shop.world.app, "doctor", "alpha")
    assert (code, "BAD  queue policy: maxmemory-policy is allkeys-lru" in told) == (1, True), told
