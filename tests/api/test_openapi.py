"""The document says what the API does, and the API leaves its host alone."""

from typing import Any

import marshmallow as ma
import pytest
from flask import Flask, Response
from flask_smorest import Api, Blueprint
from flask_sqlalchemy import SQLAlchemy

from regulars import Regulars, prepare_sqlite
from regulars.keys import new_root_key
from tests.world import World

PATHS = {"/api/v1/shops/{shop_key}/customer-tokens", "/api/v1/shops/{shop_key}/customers/{customer}/balance"}


class CoffeeSchema(ma.Schema):
    """Something of the host's own."""

    name = ma.fields.String()


def host(name: str = "host", **config: Any) -> Flask:
    """A host with an API and an error page of its own."""
    app = Flask(name)
    app.config |= {
        "SQLALCHEMY_DATABASE_URI": "sqlite://", "API_TITLE": "Host", "API_VERSION": "1", "OPENAPI_VERSION": "3.0.3",
        "OPENAPI_URL_PREFIX": "/", "REGULARS_MODE": "test", "REGULARS_ROOT_KEY": new_root_key(),
    } | config  # fmt: skip
    database = SQLAlchemy(app)
    with app.app_context():
        prepare_sqlite(database.engine)
    coffee = Blueprint("coffee", __name__, description="Coffee")
    coffee.route("/coffee")(coffee.response(200, CoffeeSchema)(lambda: {"name": "Guji"}))
    own = Api(app)
    own.register_blueprint(coffee)
    app.register_error_handler(405, lambda error: Response("<h1>Not like this</h1>", 405))
    Regulars(app)
    return app


def test_the_document_is_openapi_3_1_and_names_every_address(world: World) -> None:
    document = world.client.get("/api/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == PATHS
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_every_error_in_it_is_a_problem(world: World) -> None:
    document = world.client.get("/api/v1/openapi.json").get_json()
    responses = document["components"]["responses"]
    assert responses
    assert all(list(one["content"]) == ["application/problem+json"] for one in responses.values())


def test_a_host_keeps_its_own_api_and_its_own_error_pages() -> None:
    client = host().test_client()
    assert client.get("/coffee").get_json() == {"name": "Guji"}
    document = client.get("/openapi.json").get_json()
    assert (document["info"]["title"], set(document["paths"])) == ("Host", {"/coffee"})
    assert set(client.get("/api/v1/openapi.json").get_json()["paths"]) == PATHS
    assert client.post("/coffee").data == b"<h1>Not like this</h1>"


def test_a_host_without_an_api_keeps_its_html_errors(world: World) -> None:
    answer = world.client.get("/there-is-no-such-page")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_two_apps_in_one_process_each_have_their_own_prefix() -> None:
    first, second = host("first"), host("second", REGULARS_API_PREFIX="/loyalty/api")
    assert set(first.test_client().get("/api/v1/openapi.json").get_json()["paths"]) == PATHS
    moved = second.test_client().get("/loyalty/api/openapi.json").get_json()["paths"]
    assert set(moved) == {path.replace("/api/v1", "/loyalty/api") for path in PATHS}
    assert second.test_client().get("/api/v1/openapi.json").status_code == 404


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_nothing_that_a_stranger_sends_breaks_it(world: World) -> None:
    path = "/api/v1/shops/alpha/customer-tokens"
    for body in (b"", b"null", b"[]", b"\xff\xfe", b'{"customer": null}', b'{"customer": {"id": "\\u0000"}}'):
        assert world.client.post(path, data=body, content_type="application/json").status_code == 401
