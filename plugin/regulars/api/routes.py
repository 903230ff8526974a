"""The JSON API for servers: an API key in, JSON or problem details out, described by OpenAPI 3.1."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, jsonify, request
from flask_smorest import Api, Blueprint
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from regulars import customers, ledger, problems, program, shops
from regulars.api.schemas import BalanceSchema, ProblemSchema, TokenRequestSchema, TokenSchema
from regulars.api.service import token_for
from regulars.clock import now
from regulars.db import reading, unit_of_work
from regulars.errors import InvalidInput, NotFound, RegularsError, TooLarge, Unauthorized
from regulars.facts import CustomerRef
from regulars.storefront import standing
from regulars.values import is_storable, iso

_LARGEST_BODY_BYTES = 64 * 1024
_PROBLEM = "application/problem+json"
_KEY = "apiKey"


class OurApi(Api):  # type: ignore[misc]
    """flask-smorest on our own blueprint alone: a host's error pages and a host's own API stay as they are."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """None on the app: errors are answered by handlers on our blueprint."""

    def _register_doc_blueprint(self) -> None:
        """None: the document is one of our own addresses."""

    def _register_responses(self) -> None:
        for name, phrase in [(one.name, one.phrase) for one in HTTPStatus] + [("DEFAULT_ERROR", "Something is wrong")]:
            content = {_PROBLEM: {"schema": ProblemSchema}}
            self.spec.components.response(name, {"description": phrase, "content": content}, lazy=True)


blueprint = Blueprint("regulars_api", __name__, description="Points and tokens for servers of the shop")
problems.handle_on(blueprint)


@blueprint.before_request  # type: ignore[untyped-decorator]
def authenticate() -> None:
    """Which shop this is about, and whether its key came along. Raises Unauthorized, NotFound."""
    request.max_content_length = _LARGEST_BODY_BYTES
    shop_key = (request.view_args or {}).get("shop_key")
    if shop_key is None:
        return
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthorized("Send an API key in the Authorization header, as Bearer; `regulars key add` makes one.")
    if not is_storable(shop_key):
        raise NotFound("There is no such shop.")
    with reading() as session:
        shop = shops.find_shop(session, shop_key)
        shops.check_api_key(session, shop, key.strip())
    if shop.state != "active":
        raise NotFound("This shop is not connected any more.")
    g.regulars_shop = shop


@blueprint.errorhandler(HTTPException)  # type: ignore[untyped-decorator]
def refuse(error: HTTPException) -> Response:
    """What Flask and the schemas refuse, in the words of our own errors."""
    return problems.answer(_as_ours(error))


def _as_ours(error: HTTPException) -> RegularsError:
    messages: dict[str, Any] = (getattr(error, "data", None) or {}).get("messages", {})
    if isinstance(error, RequestEntityTooLarge):
        return TooLarge("A request may have 64 KiB; this one has more.")
    if messages:
        errors = messages.get("json", messages)
        return InvalidInput("The input does not fit.", errors=errors if isinstance(errors, dict) else {"body": errors})
    ours = InvalidInput(error.description or error.name)
    ours.status = error.code or ours.status
    return ours


def create_token(said: dict[str, Any], shop_key: str) -> dict[str, Any]:
    """Make a token for a shopper who is logged in at the shop."""
    moment, shop, who = now(), g.regulars_shop, said["customer"]
    ref = CustomerRef(who.get("id"), who.get("email"), name=who.get("name"))

    def work(session: Session) -> dict[str, Any]:
        token, ends = token_for(session, shop, ref, said["ttl"], moment)
        return {"token": token, "expires_at": iso(ends)}

    return unit_of_work(work)


def read_balance(shop_key: str, customer: str) -> dict[str, Any]:
    """Read a customer's points, by the shop's id, by our id or by e-mail."""
    moment, shop = now(), g.regulars_shop
    if not is_storable(customer):
        raise NotFound("There is no such customer in this shop.")
    with reading() as session:
        one = customers.find(session, shop.id, customer)
        unit = program.programs(session, shop.id).unit
        book = ledger.present(session, shop.id, one.id, unit, moment)
    return {"customer_id": one.id, "unit": unit} | standing.points(book, ZoneInfo(shop.timezone))


def _offer(view: Callable[..., Any], method: str, rule: str, *traits: Callable[..., Any]) -> None:
    """Put a view at an address, with what the schemas check and the document says; every one wants an API key."""
    told: Callable[..., Any] = blueprint.doc(security=[{_KEY: []}])(view)
    for trait in (blueprint.alt_response(404, "NOT_FOUND"), blueprint.alt_response(401, "UNAUTHORIZED"), *traits):
        told = trait(told)
    blueprint.route(rule, methods=[method])(told)


_offer(
    create_token, "POST", "/shops/<shop_key>/customer-tokens",
    blueprint.response(201, TokenSchema, description="A token for the widget of this shopper"),
    blueprint.arguments(TokenRequestSchema), blueprint.doc(operationId="createCustomerToken"),
)  # fmt: skip
_offer(
    read_balance, "GET", "/shops/<shop_key>/customers/<customer>/balance",
    blueprint.response(200, BalanceSchema, description="The points as they are now"),
    blueprint.doc(operationId="getBalance"),
)  # fmt: skip


@blueprint.after_request  # type: ignore[untyped-decorator]
def keep_private(answer: Response) -> Response:
    """Nothing of it may be kept on the way."""
    answer.headers.setdefault("Cache-Control", "private, no-store")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def document(api: OurApi) -> Response:
    """The OpenAPI document."""
    answer: Response = jsonify(api.spec.to_dict())
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer
