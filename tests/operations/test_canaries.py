"""C077, C078: a whole day at the shop at DEBUG, in real processes; whatever is personal or secret is in no line of any log."""

import base64
import hashlib
import hmac
import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from regulars import clock, outbound, shops
from regulars.db import all_shops
from regulars.errors import NotFound
from regulars.shops import NewShop
from regulars.values import iso
from regulars_admin import staff
from tests.embedded.house import PATIENCE_SECONDS, House, house
from tests.outbound.receiver import Receiver, receiving
from tests.servers import PostgresServer, SmtpSink, ValkeyServer, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

MAIL, PHONE, NAME, STREET = "canary.zlata@example.com", "+420777123456", "Zlatohlava", "Kanarkova 17"
WORDS, BODY = "the parcel smelled of smoke and regret", "please-leave-it-with-the-neighbour"
PASSWORD, WRONG = "the canary sings at noon", "the canary sleeps at noon"
API_TOKEN, WEBHOOK_SECRET = "shpat_0c4n4ry0c4n4ry0c4n4ry", "a webhook secret that nobody may read"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def home(database_url: str, queue: ValkeyServer, smtp_sink: SmtpSink, tmp_path: Path) -> Iterator[House]:
    settings = {
        "REGULARS_DATABASE_URL": database_url, "REGULARS_REDIS_URL": queue.url, "REGULARS_SMTP_URL": smtp_sink.url,
        "REGULARS_MAIL_FROM": "Alpha <hello@alpha.example>", "REGULARS_MODE": "production",
        "REGULARS_LOG_LEVEL": "debug", "REGULARS_OUTBOUND_URL_ALLOW_PRIVATE": "yes",
    }  # fmt: skip
    with house(tmp_path, **settings) as made:
        yield made


class Day:
    """One day of a shop, with a canary in everything that somebody says or holds."""

    def __init__(self, home: House, receiver: Receiver) -> None:
        self.home, self.at = home, home.address
        self.secrets = {MAIL, PHONE, NAME, STREET, WORDS, BODY, PASSWORD, WRONG, API_TOKEN, WEBHOOK_SECRET}
        self.shop = home.shop()
        self.world = self.shop.world
        self.kept = self.world.writes(lambda session: self._connect(session, receiver))

    def _connect(self, session: Session, receiver: Receiver) -> str:
        now = clock.now()
        new = NewShop("canary", "shopify", "canary.myshopify.com", "EUR", "Europe/Prague", api_token=API_TOKEN)
        shop = shops.add_shop(session, new, now)
        source, _ = shops.add_source(session, shop, "shopify", WEBHOOK_SECRET, now)
        own = shops.get_shop(session, self.shop.id)
        key = shops.add_api_key(session, own, now)
        _, signing = outbound.add_endpoint(session, own, receiver.url(), ["stage.changed"], now)
        staff.add_staff(session, "owner@alpha.example", "owner", PASSWORD, now)
        self.secrets |= {source.token, self.shop.token, key, signing, signing.removeprefix("whsec_")}
        self.address = f"{self.at}/webhooks/shopify/{source.token}"
        return key

    def buys(self) -> None:
        """An order with everything personal in it, and one more for the other shop's secret."""
        who = self.shop.customer("canary") | {"email": MAIL, "phone": PHONE, "first_name": NAME}
        order = self.shop.order(None, "100.00", customer=who, note=BODY, shipping_address={"address1": STREET})
        assert self.shop.sends("orders/paid", order).status_code == 200
        body = json.dumps(order).encode()
        signature = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()).decode()
        headers = {
            "X-Shopify-Topic": "orders/paid", "X-Shopify-Hmac-Sha256": signature, "X-Shopify-Webhook-Id": "1",
            "X-Shopify-Shop-Domain": "canary.myshopify.com", "X-Shopify-Triggered-At": iso(clock.now()),
        }  # fmt: skip
        assert requests.post(self.address, data=body, headers=headers, timeout=20).status_code == 200
        bad = headers | {"X-Shopify-Hmac-Sha256": "bm8="}
        assert requests.post(self.address, data=body, headers=bad, timeout=20).status_code == 401
        broken = b'{"id": 1, "email": "' + MAIL.encode() + b'", "note": "' + BODY.encode()
        assert self.shop.sends("orders/paid", broken).status_code == 200

    def looks(self) -> None:
        """The widget: a token from the shop's server, the points, a report; a wrong token; a wrong address."""
        number = str(self.shop.customer("canary")["id"])
        asked = self._asks("POST", "/api/v1/shops/alpha/customer-tokens", self.kept, json={"customer": {"id": number}})
        assert asked.status_code == 201, asked.text
        self.token = token = asked.json()["token"]
        self.secrets |= {token, token.rpartition(".")[2]}
        assert self._asks("GET", "/storefront/alpha/me", token).status_code == 200
        report = {"order_id": None, "problem": "damaged", "text": WORDS}
        self._asks("POST", "/storefront/alpha/complaints", token, json=report, headers={"Idempotency-Key": "k"})
        assert self._asks("GET", "/storefront/alpha/me", f"{token}x").status_code == 401
        assert self._asks("GET", f"/nowhere/{WORDS}?mail={MAIL}", token).status_code == 404

    def signs_in(self) -> None:
        """The admin: a wrong password, then the right one; the session's cookie is a secret."""
        assert self._login(WRONG).status_code == 401
        answer = self._login(PASSWORD)
        assert answer.status_code == 302
        cookies = {cookie.name: cookie.value or "" for cookie in answer.cookies}
        assert cookies
        self.secrets |= set(cookies.values())
        requests.get(f"{self.at}/admin/customers", cookies=cookies, timeout=20)

    def _login(self, password: str) -> requests.Response:
        form = {"email": "owner@alpha.example", "password": password}
        return requests.post(f"{self.at}/admin/login", data=form, timeout=20, allow_redirects=False)

    def breaks(self) -> None:
        """Something nobody expected, and somebody's address stands in the error: the page answers 500."""
        self._lies_in(MAIL)
        assert self._asks("GET", "/storefront/alpha/me", self.token).status_code == 500
        self._lies_in("Europe/Prague")

    def _lies_in(self, zone: str) -> None:
        moved = text("UPDATE regulars_shops SET timezone = :zone")
        with all_shops("verify"):
            self.world.writes(lambda session: session.execute(moved, {"zone": zone}))

    def _asks(self, method: str, path: str, bearer: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {bearer}"} | more.pop("headers", {})
        return requests.request(method, f"{self.at}{path}", headers=headers, timeout=20, **more)

    def has_points(self) -> bool:
        try:
            return self.shop.points("canary") == 100
        except NotFound:
            return False


def test_a_whole_day_at_debug_leaves_nothing_personal_in_any_log(
    home: House, receiver: Receiver, smtp_sink: SmtpSink, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    home.opens()
    day = Day(home, receiver)
    day.buys()
    wait_until(day.has_points, "no points came", seconds=PATIENCE_SECONDS)
    wait_until(lambda: bool(smtp_sink.to(MAIL)), "no letter came", seconds=PATIENCE_SECONDS)
    wait_until(lambda: bool(receiver.heard), "no webhook left", seconds=PATIENCE_SECONDS)
    day.looks()
    day.signs_in()
    day.breaks()
    codes = [process.stop() for process in home.processes.values()]
    assert codes == [0, 0, 0]

    said = {name: process.says() for name, process in home.processes.items()}
    hits = [
        (name, secret, line)
        for name, log in said.items()
        for line in log.splitlines()
        for secret in day.secrets
        if secret in line
    ]
    assert hits == []
    told = [json.loads(line) for log in said.values() for line in log.splitlines()]
    assert all({"time", "level", "event"} <= line.keys() for line in told)
    assert any(line["level"] == "debug" for line in told)
    assert {"row_refused", "unexpected_error", "library_said"} <= {line["event"] for line in told}
    assert any("request_id" in line for line in told)
    raw = dump(home, request, tmp_path)
    kept = [secret for secret in (API_TOKEN, WEBHOOK_SECRET, BODY, PASSWORD, day.kept) if secret.encode() in raw]
    assert kept == [], "the database holds it in the open"


def dump(home: House, request: pytest.FixtureRequest, folder: Path) -> bytes:
    """Every byte of the database."""
    url = make_url(home.environment["REGULARS_DATABASE_URL"])
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        sqlite3.connect(file).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.read_bytes()
    server: PostgresServer = request.getfixturevalue("postgres")
    at = ["--host", str(server.folder), "--username", "postgres"]
    command = [str(server.programs / "pg_dump"), *at, f"--file={folder / 'dump.sql'}", str(url.database)]
    subprocess.run(command, check=True, capture_output=True)
    dumped = (folder / "dump.sql").read_text()
    sealed = [bytes.fromhex(found) for found in re.findall(r"\\\\x([0-9a-f]{16,})", dumped)]
    return b"\n".join([dumped.encode(), *sealed])


@pytest.mark.parametrize("name", ["web", "worker", "clock"])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_without_the_root_key_nothing_starts(home: House, name: str) -> None:
    home.environment["REGULARS_ROOT_KEY"] = ""
    process = home.starts(name)
    assert process.popen is not None
    assert process.popen.wait(60) == 2
    assert "REGULARS_ROOT_KEY" in process.says()
