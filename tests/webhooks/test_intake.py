"""What the address answers, and what it keeps."""

import base64
import hashlib
import hmac
import json
import zlib
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from regulars import metrics, runtime, shops
from regulars_webhooks import intake
from regulars_webhooks.inbox import InboxRow, body_of
from tests.world import World, WorldShop

MIB = 1024 * 1024


def sign(body: bytes, secret: bytes) -> str:
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()


def rows(shop: WorldShop) -> list[InboxRow]:
    question = select(InboxRow).where(InboxRow.shop_id == shop.id).order_by(InboxRow.received_at)
    return shop.world.reads(lambda session: list(session.scalars(question)))


def refused(platform: str) -> float:
    return float(metrics.signatures_refused.labels(platform)._value.get())


def test_what_was_sent_is_kept_byte_by_byte(shop: WorldShop, world: World) -> None:
    body = '{"note":"Größe 42 – 👟", "n": 1.0}\n'.encode()
    answer = shop.sends("orders/updated", body)
    assert (answer.status_code, answer.json) == (200, {"kept": True})
    (row,) = rows(shop)
    with world.app.app_context():
        assert body_of(row) == body
    assert b"note" not in (row.body_sealed or b"")


def test_what_the_first_versions_packed_is_still_read(shop: WorldShop, world: World) -> None:
    with world.app.app_context():
        sealed = runtime.current().keyring.seal(zlib.compress(b"{}", 1), shop.id, "inbox.body:old")
        assert body_of(InboxRow(shop_id=shop.id, id="old", body_sealed=sealed)) == b"{}"


def test_the_same_delivery_again_is_one_row(shop: WorldShop) -> None:
    order = shop.order("ada")
    for _ in range(10):
        assert shop.sends("orders/paid", order, **{"X-Shopify-Webhook-Id": "one"}).status_code == 200
    assert len(rows(shop)) == 1


def test_two_topics_of_one_action_are_two_rows(shop: WorldShop) -> None:
    order = shop.order("ada")
    for topic in ("orders/create", "orders/paid", "orders/updated"):
        shop.sends(topic, order, **{"X-Shopify-Event-Id": "one-action"})
    assert {row.topic for row in rows(shop)} == {"orders/create", "orders/paid", "orders/updated"}


@pytest.mark.parametrize(("signature", "status"), [("", 401), ("bm9wZQ==", 401), ("\xe9\xe9", 401), (None, 400)])
def test_a_bad_signature_leaves_no_row_and_is_counted(shop: WorldShop, signature: str | None, status: int) -> None:
    before = refused("shopify")
    headers = {} if signature is None else {"X-Shopify-Hmac-Sha256": signature}
    answer = shop.world.client.post(f"/webhooks/shopify/{shop.token}", data=b"{}", headers=headers)
    assert (answer.status_code, rows(shop), refused("shopify")) == (status, [], before + 1)
    assert answer.content_type == "application/problem+json"


def test_an_empty_body_is_no_delivery(shop: WorldShop) -> None:
    assert shop.sends("orders/paid", b"").status_code == 400


def test_an_address_that_nobody_gave_out_is_unknown(shop: WorldShop) -> None:
    assert shop.world.client.post("/webhooks/shopify/guess", data=b"{}").status_code == 404
    assert shop.world.client.post(f"/webhooks/standard/{shop.token}", data=b"{}").status_code == 404


def test_one_byte_too_much_is_not_even_read(shop: WorldShop) -> None:
    class Unread:
        def read(self, *_size: int) -> bytes:
            raise AssertionError("the body was read")

        readline = readlines = __iter__ = read

    answer = shop.world.client.open(
        f"/webhooks/shopify/{shop.token}", method="POST", headers={"X-Shopify-Hmac-Sha256": "bm9wZQ=="},
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(5 * MIB + 1)},
    )  # fmt: skip
    assert answer.status_code == 413


def test_a_stream_of_unknown_length_is_cut_at_the_limit(shop: WorldShop) -> None:
    taken = 0

    class Endless:
        def read(self, size: int = -1) -> bytes:
            nonlocal taken
            taken += 64 * 1024 if size < 0 else size
            return b"x" * (64 * 1024 if size < 0 else size)

    answer = shop.world.client.open(
        f"/webhooks/shopify/{shop.token}", method="POST",
        environ_overrides={"wsgi.input": Endless(), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
        headers={"X-Shopify-Hmac-Sha256": "bm9wZQ=="},
    )  # fmt: skip
    assert answer.status_code == 413
    assert taken < 6 * MIB


def test_an_order_of_500_lines_is_kept_and_worked(shop: WorldShop) -> None:
    order = shop.order("ada", *({"price": "1.00", "title": "x" * 1500} for _ in range(500)))
    assert len(json.dumps(order)) > 800_000
    shop.delivers("orders/paid", order)
    assert shop.points("ada") == 500


def test_a_database_that_is_away_asks_for_the_message_again(shop: WorldShop, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: Any, **_options: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr(intake, "unit_of_work", away)
    answer = shop.sends("orders/paid", shop.order("ada"))
    assert (answer.status_code, answer.json and answer.json["code"]) == (503, "not_kept")


def test_the_newer_names_of_the_headers_are_understood(shop: WorldShop) -> None:
    body = json.dumps(shop.order("ada", "10.00")).encode()
    headers = {
        "shopify-hmac-sha256": sign(body, shop.secret),
        "shopify-topic": "orders/paid",
        "shopify-webhook-id": "n",
    }
    assert shop.world.client.post(f"/webhooks/shopify/{shop.token}", data=body, headers=headers).status_code == 200
    shop.world.works()
    assert shop.points("ada") == 10


def test_during_a_rotation_both_secrets_are_good_then_one(shop: WorldShop, world: World) -> None:
    old, new = shop.secret, b"the next secret"

    def rotate(session: Any) -> None:
        shops.rotate_source(session, shops.get_shop(session, shop.id), "shopify", new.decode(), world.clock.moment)

    world.writes(rotate)
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 200
    world.clock.passes(hours=25)
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 401
    shop.secret = new
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 200
    shop.secret = old


class TestOneAppForManyShops:
    """The one address of an app: the shop's name is a claim."""

    SECRET = b"the secret of the app"

    @pytest.fixture(autouse=True)
    def app_secret(self, world: World) -> None:
        now = world.clock.moment
        world.writes(lambda session: shops.set_app_secret(session, "shopify", self.SECRET.decode(), now))

    def post(self, client: FlaskClient, body: bytes, domain: str, secret: bytes) -> int:
        headers = {
            "X-Shopify-Hmac-Sha256": sign(body, secret), "X-Shopify-Topic": "orders/paid", "X-Shopify-Shop-Domain": domain,
        }  # fmt: skip
        return client.post("/webhooks/shopify", data=body, headers=headers).status_code

    def test_the_secret_of_the_app_is_good_for_each_of_its_shops(self, shop: WorldShop) -> None:
        body = json.dumps(shop.order("ada", "10.00")).encode()
        assert self.post(shop.world.client, body, shop.domain, self.SECRET) == 200
        shop.world.works()
        assert shop.points("ada") == 10

    def test_a_shops_own_secret_is_good_for_itself_alone(self, shop: WorldShop, world: World) -> None:
        other = world.shop("beta")
        assert self.post(world.client, b"{}", shop.domain, shop.secret) == 200
        assert self.post(world.client, b"{}", other.domain, shop.secret) == 401

    def test_a_shop_nobody_connected_is_unknown_only_to_those_who_can_sign(self, world: World) -> None:
        assert self.post(world.client, b"{}", "gamma-test.myshopify.com", self.SECRET) == 404
        assert self.post(world.client, b"{}", "gamma-test.myshopify.com", b"a guess at it") == 401

    def test_an_order_sent_on_to_another_shop_becomes_a_dead_letter(self, shop: WorldShop, world: World) -> None:
        other = world.shop("beta")
        page = f"https://{shop.domain}/1/orders/abc/authenticate"
        body = json.dumps(shop.order("ada", "10.00", order_status_url=page)).encode()
        assert self.post(world.client, body, other.domain, self.SECRET) == 200
        world.works()
        (row,) = rows(other)
        assert (row.state, "belongs to another shop" in (row.last_error or "")) == ("dead", True)


def test_the_bodies_are_forgotten_after_their_time_and_repeats_still_known(shop: WorldShop, world: World) -> None:
    order = shop.order("ada")
    shop.sends("orders/paid", order, **{"X-Shopify-Webhook-Id": "one"})
    world.works()
    world.sleeps(days=31)
    assert [row.body_sealed for row in rows(shop)] == [None]
    shop.sends("orders/paid", order, **{"X-Shopify-Webhook-Id": "one"})
    assert len(rows(shop)) == 1


def test_the_inbox_knows_whom_a_message_concerns(shop: WorldShop) -> None:
    order = shop.customer_pays("ada")
    (row,) = rows(shop)
    assert (row.state, row.order_id, row.customer_id) == ("done", str(order["id"]), str(order["customer"]["id"]))


def test_a_bad_message_does_not_hold_up_the_good_ones(shop: WorldShop, world: World) -> None:
    shop.sends("orders/paid", shop.order("ada", "10.00"))
    shop.sends("orders/paid", b'{"id":900001,')
    shop.sends("orders/paid", shop.order("bea", "20.00"))
    world.works()
    assert (shop.points("ada"), shop.points("bea")) == (10, 20)
    assert sorted(row.state for row in rows(shop)) == ["dead", "done", "done"]


def test_an_hour_of_retries_is_not_an_hour_of_points(shop: WorldShop, world: World) -> None:
    order = shop.order("ada", "110.25")
    for number in range(5):
        world.clock.set(world.clock.moment + timedelta(minutes=number))
        shop.sends("orders/paid", order, **{"X-Shopify-Event-Id": f"fresh-{number}"})
    world.works()
    assert shop.points("ada") == 110
    assert world.reads(lambda session: session.scalar(select(func.count()).where(InboxRow.shop_id == shop.id))) == 5
