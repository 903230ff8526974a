"""Who asks is known by a token of ours or not at all (C055 to C059)."""

import base64
import json
from datetime import timedelta

import jwt
import pytest

from regulars import shops
from regulars.storefront import issue_token
from tests.storefront.conftest import Arrives, Shopper
from tests.world import START, World, WorldShop


@pytest.fixture
def ada(shop: WorldShop, arrives: Arrives) -> Shopper:
    shop.customer_pays("ada")
    return arrives(shop, "ada")


@pytest.mark.parametrize(
    "path", ["program?customer_id=1001", "program?signature=x&customer_id=1001&logged_in_customer_id=1001"]
)
def test_who_is_not_known_reads_the_program_and_nothing_of_a_customer(ada: Shopper, path: str) -> None:
    answer = ada.shop.world.client.get(f"/storefront/alpha/{path}")
    assert answer.status_code == 200
    assert set(answer.get_json()) == {"unit", "earn", "rewards", "tiers"}


@pytest.mark.parametrize(
    "path", ["me", "me?customer_id=1001", "me?customer_id=1001&shop=alpha&timestamp=1&signature=abc"]
)
def test_without_a_token_nobody_has_points(ada: Shopper, path: str) -> None:
    answer = ada.shop.world.client.get(f"/storefront/alpha/{path}", json={"customer_id": "1001"})
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert b"ada" not in answer.data.lower()


def test_without_a_token_nobody_reports(ada: Shopper) -> None:
    body = {"order_id": None, "problem": "late", "text": "Where is it?"}
    answer = ada.shop.world.client.post("/storefront/alpha/complaints", json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer not.a.token", "Bearer a b"])
def test_what_is_no_token_is_refused(ada: Shopper, header: str) -> None:
    answer = ada.shop.world.client.get("/storefront/alpha/me", headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_token_of_one_shop_opens_nothing_in_another(world: World, ada: Shopper) -> None:
    beta = world.shop("beta")
    beta.customer_pays("ada")
    assert ada.asks("me", beta).status_code == 401


def test_a_token_opens_its_own_customers_orders_only(shop: WorldShop, ada: Shopper, arrives: Arrives) -> None:
    hers = shop.customer_pays("ada", name="#1")
    shop.customer_pays("bea", name="#2")
    bea = arrives(shop, "bea")
    assert [one["name"] for one in bea.asks("me").get_json()["orders"]] == ["#2"]
    refused = bea.reports(order_id=str(hers["id"]))
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, ["order_id"])


def test_eleven_seconds_past_its_end_a_token_is_refused(ada: Shopper) -> None:
    ada.shop.world.clock.passes(minutes=5, seconds=11)
    assert ada.asks("me").status_code == 401


def test_a_token_that_was_good_a_moment_ago_is_refused_when_it_has_ended(ada: Shopper) -> None:
    assert ada.asks("me").status_code == 200
    ada.shop.world.clock.passes(minutes=5, seconds=10)
    assert ada.asks("me").status_code == 200
    ada.shop.world.clock.passes(seconds=1)
    assert ada.asks("me").status_code == 401


def test_a_token_that_was_good_a_moment_ago_is_none_of_another_shops(world: World, ada: Shopper) -> None:
    beta = world.shop("beta")
    beta.customer_pays("ada")
    for _ in range(2):
        assert (ada.asks("me").status_code, ada.asks("me", beta).status_code) == (200, 401)


def test_at_most_five_minutes_are_granted(shop: WorldShop, arrives: Arrives) -> None:
    shop.customer_pays("ada")
    long = arrives(shop, "ada", seconds=3600)
    claims = jwt.decode(long.token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 300
    assert (claims["iss"], claims["aud"]) == ("alpha", "widget")
    assert jwt.get_unverified_header(long.token)["kid"] == "1"


@pytest.mark.parametrize("name", ["token", "access_token", "jwt"])
def test_a_token_in_the_address_is_refused_even_beside_a_good_one(ada: Shopper, name: str) -> None:
    answer = ada.asks(f"me?{name}={ada.token}")
    assert answer.status_code == 401
    assert "Authorization header" in answer.get_json()["detail"]


def test_a_token_that_claims_a_longer_life_is_refused_even_when_rightly_signed(shop: WorldShop, ada: Shopper) -> None:
    keyring = shop.world.app.extensions["regulars"].keyring
    claims = jwt.decode(ada.token, options={"verify_signature": False})
    claims["exp"] = int((START + timedelta(hours=1)).timestamp())
    forged = jwt.encode(claims, keyring.key("widget", shop.id), "HS256", headers={"kid": "1"})
    assert Shopper(shop, forged).asks("me").status_code == 401


@pytest.mark.parametrize("change", [{"aud": "admin"}, {"iss": "beta"}, {"iat": int(START.timestamp()) + 60}])
def test_a_token_for_something_else_is_refused(shop: WorldShop, ada: Shopper, change: dict[str, object]) -> None:
    keyring = shop.world.app.extensions["regulars"].keyring
    claims = jwt.decode(ada.token, options={"verify_signature": False}) | change
    other = jwt.encode(claims, keyring.key("widget", shop.id), "HS256", headers={"kid": "1"})
    assert Shopper(shop, other).asks("me").status_code == 401


def test_an_unsigned_token_is_refused(shop: WorldShop, ada: Shopper) -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "1"}).encode()).decode().rstrip("=")
    assert Shopper(shop, f"{header}.{ada.token.split('.')[1]}.").asks("me").status_code == 401


def test_the_shops_own_pages_may_read_and_others_may_not(ada: Shopper) -> None:
    own = f"https://{ada.shop.domain}"
    assert ada.asks("me", Origin=own).headers["Access-Control-Allow-Origin"] == own
    for origin in ("https://evil.example", "null", f"http://{ada.shop.domain}", f"{own}.evil.example", f"{own}:8443"):
        answer = ada.asks("me", Origin=origin)
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


def test_a_browser_of_the_shop_is_told_what_it_may_send(ada: Shopper) -> None:
    asked = {"Origin": f"https://{ada.shop.domain}", "Access-Control-Request-Method": "POST"}
    answer = ada.shop.world.client.options("/storefront/alpha/complaints", headers=asked)
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Idempotency-Key"
    asked["Origin"] = "https://evil.example"
    refused = ada.shop.world.client.options("/storefront/alpha/complaints", headers=asked)
    assert "Access-Control-Allow-Methods" not in refused.headers


def test_a_page_of_the_shop_may_ask_for_points_with_a_token(ada: Shopper) -> None:
    """A browser asks first whether it may send the Authorization header."""
    asked = {"Origin": f"https://{ada.shop.domain}", "Access-Control-Request-Method": "GET"}
    answer = ada.shop.world.client.options("/storefront/alpha/me", headers=asked)
    assert answer.headers["Access-Control-Allow-Origin"] == f"https://{ada.shop.domain}"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_a_refusal_can_be_read_by_the_shops_own_page(ada: Shopper) -> None:
    own = f"https://{ada.shop.domain}"
    answer = ada.shop.world.client.get("/storefront/alpha/me", headers={"Origin": own})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, own)


def test_a_key_that_may_not_sign_cannot_be_asked_for_no_time_at_all(shop: WorldShop) -> None:
    shop.customer_pays("ada")
    with shop.world.app.app_context():
        one = shop.world.reads(lambda session: shops.get_shop(session, shop.id))
        _, ends = issue_token(one, shop.id_of("ada"), START, 60)
    assert ends == START + timedelta(seconds=60)
