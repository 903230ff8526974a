"""C061, C064: every address of the app says in a table who may call it, answers nobody else, and tells one shop nothing
of another. The admin's own addresses have their table in tests/admin/test_access.py."""

import base64
import copy
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from regulars import shops
from regulars.complaints import Complaint
from regulars.customers import Customer
from regulars.db import all_shops
from regulars.ledger import EntryRow
from regulars.storefront import issue_token
from regulars_admin.staff.models import StaffRow
from tests.admin.house import House, furnish
from tests.webhooks.senders import StandardShop, connect_standard
from tests.world import World, WorldShop

#: Every address outside the admin: what it wants to see, and what it answers to nobody, to another shop's credentials, and
#: to its own. A new address needs a row here.
ROUTES: dict[str, tuple[str, int, int, int]] = {
    "GET /healthz": ("nothing", 200, 200, 200),
    "GET /readyz": ("nothing", 200, 200, 200),
    "GET /metrics": ("operator's token", 401, 401, 200),
    "GET /storefront/<string:name>.js": ("nothing", 200, 200, 200),
    "GET /storefront/<shop_key>/program": ("nothing", 200, 200, 200),
    "GET /storefront/<shop_key>/me": ("shopper's token", 401, 401, 200),
    "POST /storefront/<shop_key>/complaints": ("shopper's token", 401, 401, 201),
    "GET /api/v1/openapi.json": ("nothing", 200, 200, 200),
    "POST /api/v1/shops/<shop_key>/customer-tokens": ("API key", 401, 401, 201),
    "GET /api/v1/shops/<shop_key>/customers/<customer>/balance": ("API key", 401, 401, 200),
    "POST /webhooks/shopify": ("signature", 400, 401, 200),
    "POST /webhooks/shopify/<token>": ("signature", 400, 401, 200),
    "POST /webhooks/standard/<token>": ("signature", 400, 401, 200),
}
CANARY = "KANAREK"
REPORT_BODY: dict[str, Any] = {"order_id": None, "problem": "late", "text": "Where is it?"}
TOKEN_BODY: dict[str, Any] = {"customer": {"id": "1001"}}
SECRET_OF_METRICS = "a token of the operator"


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"REGULARS_METRICS_TOKEN": SECRET_OF_METRICS}


@dataclass(frozen=True, slots=True)
class Keys:
    """What somebody of one shop can prove with."""

    shop: WorldShop
    house: House
    standard: StandardShop
    shopper: str
    api: str
    operator: str

    def is_told_in(self, text: str) -> bool:
        """Whether a text has a word or an id of this shop."""
        return any(word in text for word in (CANARY, *self.house.ids.values()))

    def holdings(self) -> list[object]:
        """All that somebody could want to have more of: who there is, what was posted, what was reported."""
        tables = [Customer, EntryRow, Complaint, StaffRow]
        with all_shops("staff"):
            found = self.shop.world.reads(
                lambda session: [session.execute(select(table.__table__)).all() for table in tables]
            )
        return [sorted(map(repr, rows)) for rows in found]


@pytest.fixture
def alpha(world: World, shop: WorldShop) -> Keys:
    """Alpha, with a canary in every text, and the operator beside it."""
    return keys_of(world, shop, CANARY, operator=SECRET_OF_METRICS)


@pytest.fixture
def beta(world: World) -> Keys:
    return keys_of(world, world.shop("beta"))


def keys_of(world: World, shop: WorldShop, canary: str = "", operator: str = "another token") -> Keys:
    house = furnish(world, shop, canary)

    def make(session: Session) -> tuple[str, str]:
        ours = shops.get_shop(session, shop.id)
        token = issue_token(ours, house.ids["customer_id"], world.clock.moment)[0]
        return token, shops.add_api_key(session, ours, world.clock.moment)

    return Keys(shop, house, connect_standard(world, f"{shop.key}-standard"), *world.writes(make), operator)


def routes(app: Flask) -> Iterator[str]:
    """Method and address of every route outside the admin."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if not rule.endpoint.startswith("regulars_admin."):
                yield f"{method} {rule.rule}"


def ask(route: str, at: Keys, known: Keys | None) -> TestResponse:
    """Ask at a shop's address with what somebody can prove: nobody, somebody of another shop, or of this one."""
    wanted, (method, path) = ROUTES[route][0], _filled(route, at)
    if wanted == "signature":
        return _send(path, at, known)
    proof = known and {"API key": known.api, "operator's token": known.operator}.get(wanted, known.shopper)
    headers = ({"Authorization": f"Bearer {proof}"} if proof else {}) | {"Idempotency-Key": "k"}
    body = TOKEN_BODY if path.endswith("customer-tokens") else REPORT_BODY
    return at.shop.world.client.open(path, method=method, json=body if method == "POST" else None, headers=headers)


def _filled(route: str, at: Keys) -> tuple[str, str]:
    method, path = route.split(" ")
    values = {
        "<shop_key>": at.shop.key, "<string:name>": "widget", "<path:filename>": "x", "<customer>": "1001",
        "<token>": at.standard.token if "standard" in path else at.shop.token,
    }  # fmt: skip
    for name, value in values.items():
        path = path.replace(name, value)
    return method, path


def _send(path: str, at: Keys, known: Keys | None) -> TestResponse:
    """A message that says it is from this shop, with a signature by whoever sends it."""
    if known and "standard" in path:
        return replace(at.standard, key=known.standard.key).sends("order.updated", {"id": "1"})
    headers = {"X-Shopify-Shop-Domain": at.shop.domain, "X-Shopify-Topic": "orders/paid", "X-Shopify-Webhook-Id": "w"}
    body, secret = b'{"id": 1042}', known.shop.secret if known else None
    if secret:
        headers["X-Shopify-Hmac-Sha256"] = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
    return at.shop.world.client.post(path, data=body, headers=headers, content_type="application/json")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_address_has_a_row_in_the_table(app: Flask) -> None:
    assert sorted(routes(app)) == sorted(ROUTES)


def test_every_address_answers_as_its_row_says(alpha: Keys, beta: Keys) -> None:
    answered = {route: tuple(ask(route, alpha, known).status_code for known in (None, beta, alpha)) for route in ROUTES}
    assert answered == {route: row[1:] for route, row in ROUTES.items()}


def test_no_answer_of_one_shop_has_a_word_of_another(alpha: Keys, beta: Keys) -> None:
    told = {(route, at.shop.key): ask(route, at, beta).text for route in ROUTES for at in (alpha, beta)}
    told |= {(route, "alpha, as nobody"): ask(route, alpha, None).text for route in ROUTES}
    told |= {(route, "beta, with alpha's"): ask(route, beta, alpha).text for route in ROUTES}
    assert [where for where, text in told.items() if alpha.is_told_in(text)] == []
    assert alpha.is_told_in(ask("GET /storefront/<shop_key>/me", alpha, alpha).text)


def test_a_page_is_in_nobodys_frame_and_runs_no_script_but_ours(alpha: Keys) -> None:
    pages = [answer for route in ROUTES if (answer := ask(route, alpha, alpha)).mimetype == "text/html"]
    pages.append(alpha.shop.world.client.get("/admin/login"))
    assert {answer.headers.get("X-Content-Type-Options") for answer in pages if answer.status_code == 200} == {
        "nosniff"
    }
    for answer in pages:
        policy = answer.headers.get("Content-Security-Policy", "")
        assert answer.status_code == 404 or ("frame-ancestors 'none'" in policy and "unsafe" not in policy)


@pytest.mark.parametrize("field", ["points", "shop_id", "role", "customer_id", "state", "available"])
@pytest.mark.parametrize("value", [5000, "owner"])
@pytest.mark.parametrize(
    ("route", "within"),
    [
        ("POST /storefront/<shop_key>/complaints", ""),
        ("POST /api/v1/shops/<shop_key>/customer-tokens", ""),
        ("POST /api/v1/shops/<shop_key>/customer-tokens", "customer"),
    ],
)
def test_nobody_gives_themselves_more_than_is_asked_for(
    alpha: Keys, route: str, within: str, field: str, value: object
) -> None:
    before = alpha.holdings()
    body: dict[str, Any] = copy.deepcopy(TOKEN_BODY if "tokens" in route else REPORT_BODY)
    (body[within] if within else body)[field] = value
    method, path = _filled(route, alpha)
    proof = alpha.api if "tokens" in route else alpha.shopper
    headers = {"Authorization": f"Bearer {proof}", "Idempotency-Key": "k"}
    answer = alpha.shop.world.client.open(f"{path}?{field}={value}", method=method, json=body, headers=headers)
    assert answer.status_code == 422
    assert alpha.holdings() == before


@pytest.mark.parametrize(
    "words",
    ["ledger export {}", "ledger export {} --format csv", "deadletters list {} --ignored --json", "balance {} 1001"],
)
def test_no_export_of_one_shop_has_a_word_of_another(world: World, alpha: Keys, beta: Keys, words: str) -> None:
    alpha.shop.delivers("orders/paid", alpha.shop.order("ada", "10.00", currency="USD", name=CANARY))
    printed = {}
    for keys in (alpha, beta):
        result = world.app.test_cli_runner().invoke(args=["regulars", *words.format(keys.shop.key).split()])
        assert result.exit_code == 0, result.output
        printed[keys.shop.key] = result.output
    assert not alpha.is_told_in(printed["beta"])
    assert printed["beta"]
    assert alpha.is_told_in(printed["alpha"]) or words.startswith("balance")
