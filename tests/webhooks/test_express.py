"""The express door says what Flask's door says, to the byte, and asks nobody twice."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request_started
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from regulars import metrics, runtime
from regulars_webhooks import Webhooks, intake
from tests.webhooks.senders import connect_standard
from tests.world import World, WorldShop

LIMIT = 1000
Environ = dict[str, Any]
Answer = tuple[str, list[tuple[str, str]], bytes]


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"REGULARS_BODY_LIMIT_BYTES": LIMIT}


def posted(path: str, body: bytes, secret: bytes = b"", **environ: Any) -> Environ:
    """A delivery as a WSGI server hands it over, signed where there is a secret."""
    signature = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
    headers = {"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": "orders/paid"} if secret else {}
    built = EnvironBuilder(
        path=path, method="POST", data=body, headers=Headers(headers), content_type="application/json"
    )
    return {**built.get_environ(), "wsgi.input_terminated": True, **environ}


def at(door: Any, environ: Environ) -> Answer:
    body, status, headers = run_wsgi_app(door, dict(environ), buffered=True)
    return status, list(headers), b"".join(body)


def chunked(environ: Environ) -> Environ:
    return {**environ, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


def cut_short(environ: Environ) -> Environ:
    return {**environ, "CONTENT_LENGTH": "500"}


#: What may come, by the status that both doors answer it with.
CASES: Sequence[tuple[int, str, Callable[[WorldShop], Environ]]] = [
    (200, "kept", lambda shop: posted(f"/webhooks/shopify/{shop.token}", b"{}", shop.secret)),
    (200, "in pieces", lambda shop: chunked(posted(f"/webhooks/shopify/{shop.token}", b"{}", shop.secret))),
    (200, "just not too large", lambda shop: posted(f"/webhooks/shopify/{shop.token}", b" " * LIMIT, shop.secret)),
    (400, "not signed", lambda shop: posted(f"/webhooks/shopify/{shop.token}", b"{}")),
    (400, "empty", lambda shop: posted(f"/webhooks/shopify/{shop.token}", b"", shop.secret)),
    (401, "wrongly signed", lambda shop: posted(f"/webhooks/shopify/{shop.token}", b"{}", b"a guess")),
    (401, "cut short", lambda shop: cut_short(posted(f"/webhooks/shopify/{shop.token}", b"{}", b"a guess"))),
    (404, "nobody's address", lambda shop: posted("/webhooks/shopify/guess", b"{}", shop.secret)),
    (404, "no app", lambda shop: posted("/webhooks/shopify", b"{}", shop.secret)),
    (404, "no token", lambda shop: posted("/webhooks/shopify/", b"{}", shop.secret)),
    (404, "two tokens", lambda shop: posted(f"/webhooks/shopify/{shop.token}/more", b"{}", shop.secret)),
    (404, "a strange token", lambda shop: posted("/webhooks/shopify/\u00fc", b"{}", shop.secret)),
    (404, "another page", lambda shop: posted("/webhooks/elsewhere", b"{}", shop.secret)),
    (405, "asked for", lambda shop: posted(f"/webhooks/shopify/{shop.token}", b"", REQUEST_METHOD="GET")),
    (413, "too large", lambda shop: posted(f"/webhooks/shopify/{shop.token}", b" " * (LIMIT + 1), shop.secret)),
    (413, "in too many pieces",
     lambda shop: chunked(posted(f"/webhooks/shopify/{shop.token}", b" " * (LIMIT + 1), shop.secret))),
]  # fmt: skip


@pytest.fixture
def flasks_door(app: Flask) -> Any:
    return lambda environ, start_response: Flask.wsgi_app(app, environ, start_response)


@pytest.mark.parametrize(
    ("status", "environ_of"), [(one, make) for one, _, make in CASES], ids=[case[1] for case in CASES]
)
def test_both_doors_answer_the_same(
    app: Flask, flasks_door: Any, shop: WorldShop, status: int, environ_of: Callable[[WorldShop], Environ]
) -> None:
    express = at(app.wsgi_app, _with_a_body_of_its_own(environ_of(shop)))
    assert express == at(flasks_door, _with_a_body_of_its_own(environ_of(shop)))
    assert express[0].startswith(str(status))


def _with_a_body_of_its_own(environ: Environ) -> Environ:
    return {**environ, "wsgi.input": BytesIO(environ["wsgi.input"].read())}


class TestTheDatabaseIsAway:
    """Nothing is kept, and it is asked only once."""

    @pytest.fixture
    def asked(self, shop: WorldShop, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        asked: list[int] = []

        def away(*_arguments: Any, **_options: Any) -> None:
            asked.append(1)
            raise OperationalError("INSERT", {}, Exception("away"))

        monkeypatch.setattr(intake, "unit_of_work", away)
        return asked

    def test_both_doors_say_so(self, app: Flask, flasks_door: Any, shop: WorldShop, asked: list[int]) -> None:
        environ_of = CASES[0][2]
        before = metrics.events_not_kept.labels("shopify")._value.get()
        express = at(app.wsgi_app, environ_of(shop))
        assert (express[0], len(asked)) == ("503 SERVICE UNAVAILABLE", 1)
        assert metrics.events_not_kept.labels("shopify")._value.get() == before + 1
        assert express == at(flasks_door, environ_of(shop))


def test_a_fault_of_ours_is_flasks_to_tell(app: Flask, shop: WorldShop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any, **_options: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(intake, "unit_of_work", broken)
    assert at(app.wsgi_app, CASES[0][2](shop))[0] == "500 INTERNAL SERVER ERROR"


@pytest.fixture
def through_flask(app: Flask) -> Iterator[list[str]]:
    """The addresses of requests that Flask saw."""
    seen: list[str] = []

    def note(_sender: Flask, **_more: Any) -> None:
        seen.append("request")

    request_started.connect(note, app)
    yield seen
    request_started.disconnect(note, app)


def test_what_is_kept_never_comes_to_flask(app: Flask, shop: WorldShop, through_flask: list[str]) -> None:
    assert at(app.wsgi_app, CASES[0][2](shop))[0] == "200 OK"
    assert through_flask == []
    at(app.wsgi_app, posted(f"/webhooks/shopify/{shop.token}", b"{}", b"a guess"))
    assert through_flask == ["request"]


def test_standard_deliveries_pass_too(world: World, through_flask: list[str]) -> None:
    house = connect_standard(world)
    assert house.sends("order.paid", {}).status_code == 200
    assert through_flask == []


def test_who_goes_away_before_the_end_of_a_body_is_flasks_to_judge(
    app: Flask, flasks_door: Any, shop: WorldShop
) -> None:
    class Gone:
        def read(self, *_size: int) -> bytes:
            raise OSError("gone")

        readinto = read

    environ = posted(f"/webhooks/shopify/{shop.token}", b"{}", shop.secret)
    answers = [at(door, {**environ, "wsgi.input": Gone()}) for door in (app.wsgi_app, flasks_door)]
    assert answers[0] == answers[1]
    assert answers[0][0].startswith("400")


def test_a_host_keeps_flasks_door_alone(app: Flask) -> None:
    host = Flask("host")
    host.extensions["regulars"] = app.extensions["regulars"]
    hand = runtime.of(app)
    drains, doors = [*hand.drains], [*hand.doors]
    Webhooks(host)
    hand.drains[:], hand.doors[:] = drains, doors
    assert "wsgi_app" not in vars(host)
