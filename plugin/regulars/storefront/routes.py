"""What the widget asks over HTTP: the program for everybody, a shopper's own points, a report, and the widget itself."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Flask, Response, g, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import LanguageAccept
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_accept_header

from regulars import complaints, problems, runtime, shops
from regulars.clock import now
from regulars.db import reading, unit_of_work
from regulars.door import Answer, Answers
from regulars.errors import InvalidInput, NotFound, TooLarge, Unauthorized
from regulars.ledger.explain import LANGUAGES
from regulars.settings import Settings
from regulars.shops import Shop
from regulars.storefront import queries
from regulars.storefront.origins import may_read
from regulars.storefront.renderings import Rendering, rendering
from regulars.storefront.schemas import read_report
from regulars.storefront.seen import SeenShop
from regulars.storefront.service import customer_of
from regulars.values import is_storable

_STATIC = Path(__file__).parent / "static"
_LARGEST_REPORT_BYTES = 64 * 1024
_ME = "me"
_FOR_EVERYBODY = (("Content-Type", "application/json"), ("Cache-Control", "public, max-age=60"))
_PERSONAL = (
    ("Content-Type", "application/json"),
    ("Cache-Control", "private, no-store"),
    ("Vary", "Authorization, Accept-Language, Origin"),
)
_EVERYWHERE = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key"),
    ("Access-Control-Max-Age", "600"),
)
_SCRIPT = (
    ("Content-Type", "text/javascript; charset=utf-8"),
    ("Cache-Control", "public, no-cache"),
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
)
AnyShop = TypeVar("AnyShop", Shop, SeenShop)
#: Where people are tempted to put a token, and where logs, histories and referrers would keep it.
_TOKEN_PARAMETERS = {"token", "access_token", "id_token", "jwt", "authorization"}


def blueprint(settings: Settings, desk: queries.Desk) -> Blueprint:
    """The addresses of the storefront, under their prefix, with our own errors and headers on them alone."""
    pages = Blueprint("regulars_storefront", __name__, url_prefix=settings.storefront_prefix)
    pages.record(lambda state: _exempt_from_csrf(state.app, pages))
    pages.before_request(_before)
    pages.after_request(_headers)
    problems.handle_on(pages)
    scripts = {path.name: path.read_bytes() for path in sorted(_STATIC.glob("*.js"))}
    pages.add_url_rule("/<string:name>.js", "script", lambda name: _script(scripts, name))
    pages.add_url_rule("/<shop_key>/program", view_func=program)
    pages.add_url_rule("/<shop_key>/me", _ME, partial(me, desk))
    pages.add_url_rule("/<shop_key>/complaints", view_func=report, methods=["POST"])
    return pages


def _exempt_from_csrf(app: Any, pages: Blueprint) -> None:
    """No cookie speaks for anybody here, so a host's CSRF guard has nothing to guard."""
    if "csrf" in app.extensions:
        app.extensions["csrf"].exempt(pages)


def _before() -> None:
    """Which shop this is about, for the views and for the headers; `me` reads it with everything else it reads."""
    key = (request.view_args or {}).get("shop_key")
    looks = (
        request.endpoint == f"regulars_storefront.{_ME}" and request.method != "OPTIONS"
    )  # a preflight calls no view
    if key is not None and not looks:
        _find_shop(key)


def _find_shop(key: str) -> None:
    """Raises NotFound."""
    _check_key(key)
    with reading() as session:
        g.regulars_shop = _connected(shops.find_shop(session, key))


def _check_key(key: str) -> None:
    if not is_storable(key):
        raise NotFound("There is no such shop.")


def _connected(shop: AnyShop) -> AnyShop:
    """Raises NotFound."""
    if shop.state != "active":
        raise NotFound("This shop is not connected any more.")
    return shop


def program(shop_key: str) -> Response:
    """Ways to earn, rewards and levels: the same for everybody, good for a minute."""
    with reading() as session:
        body = orjson.dumps(queries.offer(session, g.regulars_shop, now()))
    return _conditional(rendering(body), _FOR_EVERYBODY)


def me(desk: queries.Desk, shop_key: str) -> Response:
    """The shopper's own points, level, rewards, history, orders and reports."""
    try:
        g.regulars_shop, shown = _look(desk, shop_key, _authorization(), request.headers.get("Accept-Language", ""))
    except Unauthorized:
        _find_shop(shop_key)  # a page of the shop may read its refusal
        raise
    return _conditional(shown, _PERSONAL)


def _look(desk: queries.Desk, shop_key: str, authorization: str, languages: str) -> tuple[SeenShop, Rendering]:
    """What the holder of a token is shown, and of which shop. Raises NotFound, Unauthorized."""
    moment = now()
    _check_key(shop_key)
    customer_id = customer_of(desk.shop_id(shop_key), shop_key, _token(authorization), moment)
    glance = desk.glance(shop_key, customer_id)
    shop = _connected(glance.shop)
    return shop, queries.me(desk, shop_key, glance, customer_id, moment, _language(shop.locale, languages))


def door(app: Flask, settings: Settings, desk: queries.Desk) -> Answers:
    """`me` without Flask around it, where all is well: whatever else there is to say, Flask says it."""
    address = re.compile(f"{re.escape(settings.storefront_prefix)}/([A-Za-z0-9_-]+)/{_ME}")

    def answer(environ: Mapping[str, Any]) -> Answer | None:
        if environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
            return None
        asked = address.fullmatch(environ.get("PATH_INFO", ""))
        if not asked:
            return None
        authorization, languages = environ.get("HTTP_AUTHORIZATION", ""), environ.get("HTTP_ACCEPT_LANGUAGE", "")
        try:
            with app.app_context():
                shop, shown = _look(desk, asked[1], authorization, languages)
        except Exception:  # a refusal, no database, a fault of ours: Flask asks again and says it, and logs what it may
            return None
        about = [*_EVERYWHERE, *_PERSONAL[1:], ("ETag", shown.etag)]
        about += _readable(settings, environ.get("HTTP_ORIGIN"), shop)
        match environ.get("HTTP_IF_NONE_MATCH"):
            case None:
                return Answer("200 OK", [*about, _PERSONAL[0]], shown.body)
            case shown.etag:
                return Answer("304 NOT MODIFIED", about, None)
        return None

    return answer


def report(shop_key: str) -> Response:
    """A shopper reports a problem, once per Idempotency-Key."""
    moment, shop = now(), g.regulars_shop
    customer_id = customer_of(shop.id, shop.key, _token(_authorization()), moment)
    key = request.headers.get("Idempotency-Key", "").strip()
    if not 1 <= len(key) <= complaints.MAX_KEY:
        raise InvalidInput(
            f"Send an Idempotency-Key of 1 to {complaints.MAX_KEY} characters: it makes a repeat harmless."
        )
    said = read_report(_body())

    def work(session: Session) -> dict[str, Any]:
        queries.is_there(session, shop.id, customer_id)
        case = complaints.open_complaint(
            session, shop.id, customer_id, said["order_id"], said["problem"], said["text"], key, moment
        )
        return {"id": case.id, "status": complaints.status(case.state), "reference": str(case.number)}

    answer = _json(unit_of_work(work))
    answer.status_code = 201
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _authorization() -> str:
    """How the shopper proves who they are. Raises Unauthorized for a token in the address."""
    if request.query_string and _TOKEN_PARAMETERS & {name.lower() for name in request.args}:
        raise Unauthorized("A token in the address ends up in logs: send it in the Authorization header, as Bearer.")
    return request.headers.get("Authorization", "")


def _token(authorization: str) -> str:
    """Raises Unauthorized."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Send the shopper's token in the Authorization header, as Bearer.")
    return token.strip()


def _language(locale: str, accepted: str) -> str:
    own = locale[:2].lower()
    return _wanted(accepted[:200]) or (own if own in LANGUAGES else "en")


@lru_cache(maxsize=256)
def _wanted(accepted: str) -> str | None:
    """The language of ours that a browser likes best; browsers say few different things."""
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES)


def _body() -> bytes:
    request.max_content_length = _LARGEST_REPORT_BYTES
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise TooLarge("A report may have 64 KiB; this one has more.") from error


def _json(document: dict[str, Any]) -> Response:
    return Response(orjson.dumps(document), mimetype="application/json")


def _conditional(shown: Rendering, headers: Iterable[tuple[str, str]]) -> Response:
    """With an ETag, and 304 for who has it already."""
    answer = Response(shown.body, headers=[*headers, ("ETag", shown.etag)])
    if "If-None-Match" in request.headers:
        answer.make_conditional(request)
    return answer


def _script(scripts: dict[str, bytes], name: str) -> Response:
    """One of the widget's own scripts: public, asked for anew each time, answered with 304 while it is the same."""
    body = scripts.get(f"{name}.js")
    if body is None:
        raise NotFound("There is no such script.")
    return _conditional(rendering(body), _SCRIPT)


def _headers(answer: Response) -> Response:
    """What every answer carries; a shop's own pages may read it, others' may not."""
    answer.headers.update(_EVERYWHERE)
    if (request.view_args or {}).get("shop_key") is None:
        return answer
    if "Vary" not in answer.headers:
        answer.headers["Vary"] = "Origin"
    readable = _readable(runtime.current().settings, request.headers.get("Origin"), g.get("regulars_shop"))
    answer.headers.update(readable)
    if readable and request.method == "OPTIONS":
        answer.headers.update(_PREFLIGHT)
    return answer


def _readable(settings: Settings, origin: str | None, shop: Shop | SeenShop | None) -> list[tuple[str, str]]:
    """That a page of this origin may read what is said of this shop, if it may."""
    if not origin or not shop or not may_read(origin, shop.domain, settings.public_url, settings.mode):
        return []
    return [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", "ETag")]
