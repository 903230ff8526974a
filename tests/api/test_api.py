"""The JSON API: a shop's own server asks with a key."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from regulars import shops
from tests.world import World, WorldShop


@pytest.fixture
def key(shop: WorldShop) -> str:
    return key_of(shop)


def key_of(shop: WorldShop) -> str:
    """A fresh API key of a shop."""

    def add(session: Session) -> str:
        return shops.add_api_key(session, shops.get_shop(session, shop.id), shop.world.clock.moment)

    return shop.world.writes(add)


def asks_token(shop: WorldShop, key: str, **body: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {key}"}
    return shop.world.client.post(f"/api/v1/shops/{shop.key}/customer-tokens", json=body, headers=headers)


def reads_balance(shop: WorldShop, key: str, customer: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {key}"}
    return shop.world.client.get(f"/api/v1/shops/{shop.key}/customers/{customer}/balance", headers=headers)


def sees(shop: WorldShop, token: str) -> Any:
    answer = shop.world.client.get(f"/storefront/{shop.key}/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    return answer.get_json()


def test_a_token_opens_the_storefront_for_its_customer(shop: WorldShop, key: str) -> None:
    shop.customer_pays("ada", "100.00")
    answer = asks_token(shop, key, customer={"id": str(shop.customer("ada")["id"])})
    assert answer.status_code == 201
    assert answer.get_json()["expires_at"] == "2026-03-02T09:05:00Z"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert sees(shop, answer.get_json()["token"])["points"]["available"] == 100


def test_a_shopper_who_was_never_seen_sees_the_program(shop: WorldShop, key: str) -> None:
    answer = asks_token(shop, key, customer={"id": "4711", "email": "new@example.com", "name": "Nina"})
    me = sees(shop, answer.get_json()["token"])
    assert (me["customer"]["name"], me["points"]["available"]) == ("Nina", 0)
    again = asks_token(shop, key, customer={"id": "4711"})
    assert sees(shop, again.get_json()["token"])["customer"]["name"] == "Nina"


def test_a_verified_address_leads_to_the_same_customer(shop: WorldShop, key: str) -> None:
    shop.customer_pays("ada", "100.00")
    answer = asks_token(shop, key, customer={"email": " ADA@example.com".strip()})
    assert sees(shop, answer.get_json()["token"])["points"]["available"] == 100


@pytest.mark.parametrize(("asked", "ends"), [(60, "09:01:00"), (3600, "09:05:00"), (None, "09:05:00")])
def test_a_token_lives_as_long_as_asked_and_never_over_five_minutes(
    shop: WorldShop, key: str, asked: int | None, ends: str
) -> None:
    answer = asks_token(shop, key, customer={"id": "1"}, ttl=asked)
    assert answer.get_json()["expires_at"] == f"2026-03-02T{ends}Z"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "customer"),
        ({"customer": {}}, "customer"),
        ({"customer": {"email": "nobody"}}, "customer"),
        ({"customer": {"id": 5}}, "customer"),
        ({"customer": {"id": "a\x00b"}}, "customer"),
        ({"customer": {"id": "5", "name": "\ud800"}}, "customer"),
        ({"customer": {"id": "5"}, "ttl": 0}, "ttl"),
        ({"customer": {"id": "5"}, "ttl": "long"}, "ttl"),
        ({"customer": {"id": "5"}, "role": "owner"}, "role"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(
    shop: WorldShop, key: str, body: dict[str, Any], field: str
) -> None:
    answer = asks_token(shop, key, **body)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert list(answer.get_json()["errors"]) == [field]


def test_what_is_no_json_or_too_much_of_it_is_refused(shop: WorldShop, key: str) -> None:
    path, headers = "/api/v1/shops/alpha/customer-tokens", {"Authorization": f"Bearer {key}"}
    for body, status in ((b"{", 422), (b"[1]", 422), (b'"' + b"x" * 70_000, 413)):
        answer = shop.world.client.post(path, data=body, headers=headers, content_type="application/json")
        assert (answer.status_code, answer.content_type, answer.get_json()["status"]) == (
            status, "application/problem+json", status,
        )  # fmt: skip


def test_without_a_living_key_of_the_shop_nothing_is_said(world: World, shop: WorldShop, key: str) -> None:
    beta = world.shop("beta")
    shop.customer_pays("ada")
    for wrong in ("", "rk_guessed", key_of(beta)):
        for answer in (reads_balance(shop, wrong, "1"), asks_token(shop, wrong, customer={"id": "1"})):
            assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_shopper_whom_the_shop_deleted_gets_no_token(shop: WorldShop, key: str) -> None:
    shop.customer_pays("ada")
    number = str(shop.customer("ada")["id"])
    shop.delivers("customers/delete", {"id": int(number)})
    assert asks_token(shop, key, customer={"id": number}).status_code == 404


@pytest.mark.parametrize("by", ["number", "email", "ours"])
def test_a_balance_is_read_by_any_name_of_the_customer(shop: WorldShop, key: str, by: str) -> None:
    shop.customer_pays("ada", "100.00")
    names = {"number": str(shop.customer("ada")["id"]), "email": "ada@example.com", "ours": shop.id_of("ada")}
    answer = reads_balance(shop, key, names[by])
    assert answer.get_json() == {
        "customer_id": shop.id_of("ada"), "unit": "points", "available": 100, "pending": 0, "reserved": 0, "debt": 0,
        "expiring": [{"points": 100, "on": "2027-03-02"}], "releasing": [],
    }  # fmt: skip


def test_a_customer_of_another_shop_is_not_found(world: World, shop: WorldShop, key: str) -> None:
    beta = world.shop("beta")
    beta.customer_pays("ada")
    answer = reads_balance(shop, key, beta.id_of("ada"))
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")


def test_an_address_that_no_database_can_hold_is_not_found(shop: WorldShop, key: str) -> None:
    assert reads_balance(shop, key, "%00").status_code == 404
    assert shop.world.client.get("/storefront/%00/program").status_code == 404


def test_reading_makes_nobody(shop: WorldShop, key: str) -> None:
    assert reads_balance(shop, key, "4711").status_code == 404
    assert reads_balance(shop, key, "4711").status_code == 404
