"""The same vectors and bodies, over HTTP, through the running app: kept as sent, worked on, and the ledger verifies."""

import base64
import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import metrics, shops
from regulars.orders.models import Order
from regulars_webhooks.inbox import InboxRow, body_of
from tests.conformance.shared import body_of as sent_body
from tests.conformance.shared import document, fixtures, name_of, needs_shared, vectors
from tests.conformance.test_shopify_bodies import BLANKED, CUSTOMERS, ORDERS, REFUNDS
from tests.webhooks.senders import connect_standard
from tests.world import World

pytestmark = needs_shared

SHOPIFY = vectors("shopify_webhook_hmac").get("cases", [])
STANDARD = vectors("standard_webhooks")


def rows(world: World, shop_id: int) -> list[InboxRow]:
    return world.reads(lambda session: list(session.scalars(select(InboxRow).where(InboxRow.shop_id == shop_id))))


def with_secrets(world: World, case: dict[str, Any]) -> tuple[int, str]:
    """A shop whose Shopify source has the case's secret, rotated from its old one where it has one."""
    shop = world.shop("vector", document=None)
    now = world.clock.moment

    def rotate(session: Session) -> None:
        known = shops.get_shop(session, shop.id)
        for secret in (case.get("old_secret"), case["secret"]):
            if secret:
                shops.rotate_source(session, known, "shopify", secret, now)

    world.writes(rotate)
    return shop.id, f"/webhooks/shopify/{shop.token}"


@pytest.mark.parametrize("case", SHOPIFY, ids=lambda case: case["name"])
def test_a_shopify_vector(world: World, case: dict[str, Any]) -> None:
    shop_id, address = with_secrets(world, case)
    body = sent_body(case)
    refused = metrics.signatures_refused.labels("shopify")
    before = refused._value.get()
    answer = world.client.post(address, data=body, headers=case["header"])
    kept = rows(world, shop_id)
    if "accept" in case["expect"]:
        with world.app.app_context():
            assert (answer.status_code, [body_of(row) for row in kept]) == (200, [body])
    else:
        status = 400 if "400" in case["expect"] else 401
        assert (answer.status_code, kept, refused._value.get()) == (status, [], before + 1)


@pytest.mark.parametrize("case", STANDARD.get("verify", []), ids=lambda case: case["name"])
def test_a_standard_webhooks_vector(world: World, case: dict[str, Any]) -> None:
    house = connect_standard(world, secret=case["secret"])
    world.clock.set(datetime.fromtimestamp(case["now"], UTC))
    answer = world.client.post(f"/webhooks/standard/{house.token}", data=case["body"], headers=case["headers"])
    if case["expect"] == "accept":
        expected = 200
    else:
        expected = 401 if "webhook-signature" in case["headers"] else 400
    assert (answer.status_code, len(rows(world, house.id))) == (expected, expected == 200)


def test_every_published_body_of_a_currency_goes_the_whole_way(world: World) -> None:
    """All orders, refunds and customers into one shop each per currency, twice, the second time backwards."""
    by_currency: dict[str, list[tuple[str, bytes]]] = {}
    for path in ORDERS + REFUNDS + CUSTOMERS:
        topic = "orders/updated" if path in ORDERS else "refunds/create" if path in REFUNDS else "customers/update"
        currency = document(path).get("currency", "USD")
        by_currency.setdefault(currency, []).append((topic, raw(path)))
    for currency, bodies in by_currency.items():
        shop = world.shop(currency.lower(), currency=currency)
        for topic, body in bodies + bodies[::-1]:
            assert shop.sends(topic, body).status_code == 200
        world.works()
        states = Counter(row.state for row in rows(world, shop.id))
        assert states == {"done": 2 * len(bodies)}, [row.last_error for row in rows(world, shop.id)]
        assert shop.is_clean()


def raw(path: Path) -> bytes:
    """The resource of a fixture as a webhook would carry it."""
    return json.dumps(document(path)).encode()


@pytest.mark.parametrize("path", BLANKED, ids=name_of)
def test_a_body_without_values_becomes_a_dead_letter(world: World, path: Path) -> None:
    shop = world.shop(document=None)
    topic = "orders/updated" if "orders" in path.stem else "refunds/create"
    assert shop.sends(topic, raw(path)).status_code == 200
    world.works()
    (row,) = rows(world, shop.id)
    assert (row.state, bool(row.last_error)) == ("dead", True)


def test_an_order_shown_in_another_currency_counts_in_the_shops(world: World) -> None:
    (path,) = fixtures("order_create__presentment_USD.json")
    shop = world.shop(currency="AUD")
    shop.sends("orders/create", raw(path))
    world.works()
    (order,) = world.reads(lambda session: list(session.scalars(select(Order).where(Order.shop_id == shop.id))))
    assert (order.total_minor, order.currency) == (6033, "AUD")


def test_a_signature_that_is_no_text_is_refused_and_nothing_breaks(world: World) -> None:
    shop = world.shop()
    header = base64.b64encode(hmac.new(shop.secret, b"{}", hashlib.sha256).digest()).decode()
    answer = world.client.post(
        f"/webhooks/shopify/{shop.token}", data=b"{}", headers={"X-Shopify-Hmac-Sha256": "\xe9\xe9" + header}
    )
    assert answer.status_code == 401
