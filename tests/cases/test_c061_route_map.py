"""C061, C064: every address of the app says in a table who may call it, answers nobody else, and tells one shop nothing
of another. The admin's own addresses have their table in tests/admin/test_access.py."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from regulars import shops
from regulars.db import all_shops
from regulars.ledger import EntryRow
from regulars.storefront import issue_token
from tests.admin.house import House, furnish
from tests.webhooks.senders import StandardShop, connect_standard
from tests.world import World, WorldShop

#: Every address outside the admin: what it wants to see, and what it answers to nobody, to another shop's credentials, and
#: to its own. A new address needs a row here.
ROUTES: dict[str, tuple[str, int, int, int]] = {
    "GET /healthz": ("nothing", 200, 200, 200),
    "GET /readyz": ("nothing", 200, 200, 200),
    "GET /metrics": ("operator's token", 401, 401, 200),
    "GET /static/<path:filename>": ("nothing", 404, 404, 404),
    "GET /storefront/<string:name>.js": ("nothing", 200, 200, 200),
    "GET /storefront/<shop_key>/program": ("nothing", 200, 200, 200),
    "GET /storefront/<shop_key>/me": ("shopper's token", 401, 401, 200),
    "POST /storefront/<shop_key>/complaints": ("shopper's token", 401, 401, 201),
    "GET /api/v1/openapi.json": ("nothing", 200, 200, 200),
    "POST /api/v1/shops/<shop_key>/customer-tokens": ("API key", 401, 401, 201),
    "GET /api/v1/shops/<shop_key>/customers/<customer>/balance": ("API key", 401, 401, 200),
    "POST /webhooks/shopify": ("signature", 401, 401, 200),
    "POST /webhooks/shopify/<token>": ("signature", 401, 401, 200),
    "POST /webhooks/standard/<token>": ("signature", 401, 401, 200),
}
CANARY = "KANAREK"
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
    operator: str = ""


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
    """Ask at a shop's address with what somebody knows: nobody, somebody of another shop, or of this one."""
    wanted = ROUTES[route][0]
    if wanted == "signature":
        return _send(route, at, known)
    shown = known and {"API key": known.api, "operator's token": known.operator}.get(wanted, known.shopper)
    headers = {"Authorization": f"Bearer {shown}"} if shown else {}
    method, path = _filled(route, at)
    body = {"customer": {"id": "1001"}} if path.endswith("customer-tokens") else complaint(at)
    more = {"json": body, "headers": headers | {"Idempotency-Key": "k"}} if method == "POST" else {"headers": headers}
    return at.shop.world.client.open(path, method=method, **more)


def _filled(route: str, at: Keys) -> tuple[str, str]:
    method, path = route.split(" ")
    values = {
        "<shop_key>": at.shop.key, "<string:name>": "widget", "<path:filename>": "x", "<customer>": "1001",
        "<token>": at.standard.token if "standard" in path else at.shop.token,
    }  # fmt: skip
    for name, value in values.items():
        path = path.replace(name, value)
    return method, path


def complaint(at: Keys) -> dict[str, Any]:
    """A report of a problem with an order of this shop's customer."""
    return {"order_id": "o-1042" if at.shop.key == "alpha" else None, "problem": "late", "text": "Where is it?"}


def _send(route: str, at: Keys, known: Keys | None) -> TestResponse:
    """A message to an address; the shop's name at the common one is a claim that only its own secret makes true."""
    raise NotImplementedError


