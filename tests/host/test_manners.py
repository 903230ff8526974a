"""Regulars as a guest: the host's pages, errors, headers, templates, login and API are as they were before it came."""

import importlib
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.host.conftest import MakeHost
from tests.world import WorldShop

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def sign_in(client: FlaskClient, name: str = "Hana") -> None:
    """As the host's staff do: on the host's page, with the host's token."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/backoffice/login").text)
    assert token is not None
    answer = client.post("/backoffice/login", data={"name": name, "csrf_token": token[1]})
    assert answer.headers["Location"] == "/backoffice/"


def test_the_host_keeps_its_package_called_admin(app: Flask) -> None:
    assert importlib.import_module("admin.views").blueprint is app.blueprints["admin"]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/people/nowhere", "/admin/nowhere", "/webhooks/nowhere", "/storefront", "/api/v1/nowhere"]
)
def test_unknown_addresses_get_the_hosts_own_page(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "The host has no such page." in answer.text
    assert answer.mimetype == "text/html"


def test_the_hosts_405_keeps_its_page_and_its_allow(client: FlaskClient) -> None:
    answer = client.get("/letters")
    assert answer.status_code == 405
    assert "The host does not do that here." in answer.text
    assert answer.headers["Allow"] == "OPTIONS, POST"


def test_our_errors_are_problem_documents_under_our_addresses(client: FlaskClient) -> None:
    for path in ("/storefront/nobody/program", "/storefront/nobody/me"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
    assert client.post("/webhooks/shopify/unknown", data=b"{}").mimetype == "application/problem+json"


def test_our_headers_are_not_on_the_hosts_pages(client: FlaskClient) -> None:
    for path in ("/", "/nowhere", "/people/", "/backoffice/login"):
        headers = client.get(path).headers
        ours = {"Content-Security-Policy", "X-Frame-Options", "Cross-Origin-Opener-Policy", "Cache-Control"}
        assert ours & set(headers.keys()) == set(), path


def test_the_hosts_page_about_health_can_stay_the_hosts(make_host: MakeHost, database_url: str) -> None:
    host = make_host(database_url, REGULARS_HEALTH_PREFIX="/regulars")
    client = host.test_client()
    assert client.get("/healthz").text == "the host's own"
    assert client.get("/regulars/healthz").json == {"status": "alive"}
    assert client.get("/regulars/readyz").status_code == 200


def test_the_hosts_own_login_signs_in_to_the_hosts_own_pages(client: FlaskClient) -> None:
    assert client.get("/backoffice/").headers["Location"].startswith("/backoffice/login")
    sign_in(client)
    assert client.get("/backoffice/").text == "<h1>The desk of Hana</h1>"


def test_the_hosts_login_opens_our_admin_too(client: FlaskClient) -> None:
    assert client.get("/admin/").headers["Location"] == "/backoffice/login"
    sign_in(client)
    answer = client.get("/admin/", follow_redirects=True)
    assert answer.status_code == 200
    assert "Hana" in answer.text
    client.get("/backoffice/logout")
    assert client.get("/admin/").status_code == 302


def test_templates_of_the_same_name_do_not_shadow_each_other(client: FlaskClient, shop: WorldShop) -> None:
    assert "The host lists its people, a word of this host." in client.get("/people/").text
    sign_in(client)
    ours = client.get("/admin/shops/alpha/customers/").text
    assert "The host" not in ours
    assert "a word of this host" not in ours


def test_the_hosts_templates_get_no_words_of_ours(app: Flask) -> None:
    with app.test_request_context("/people/"):
        known: dict[str, object] = {}
        app.update_template_context(known)
    assert known["money"] == "a word of this host"
    assert {"member", "can", "own_login"} & known.keys() == set()


def test_the_hosts_json_api_and_its_openapi_are_its_own(client: FlaskClient) -> None:
    assert client.get("/shopfront-api/stock").json == {"beans": 3}
    described = client.get("/shopfront-api/openapi.json").json
    assert described is not None
    assert described["info"] == {"title": "Shopfront", "version": "7"}
    assert list(described["paths"]) == ["/shopfront-api/stock"]


def test_the_hosts_csrf_guard_lets_signed_webhooks_pass(shop: WorldShop) -> None:
    shop.customer_pays("ada", "12.00")
    assert shop.points("ada") == 12


def test_the_hosts_csrf_guard_lets_shoppers_ask(client: FlaskClient, shop: WorldShop) -> None:
    assert client.post("/storefront/alpha/complaints", json={}).status_code == 401


def test_the_hosts_csrf_guard_still_guards_the_host(client: FlaskClient) -> None:
    assert client.post("/letters").status_code == 400


def test_our_forms_are_checked_by_us_and_not_by_the_hosts_guard(client: FlaskClient, shop: WorldShop) -> None:
    sign_in(client)
    answer = client.post("/admin/shops/alpha/dead-letters/work/none/replay", data={})
    assert answer.status_code == 403
    assert "The form is out of date" in answer.text


def test_our_blueprints_bear_our_name(app: Flask) -> None:
    theirs = {"admin", "home", "customers", "storefront", "webhooks", "api", "api-docs"}
    names = {name.partition(".")[0] for name in app.blueprints}
    assert {name for name in names - theirs if not name.startswith("regulars")} == set()
