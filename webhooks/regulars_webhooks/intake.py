"""What every platform's address does: read the raw body, find who speaks, verify, keep, answer. Nothing is parsed here."""

from datetime import datetime
from functools import partial

import structlog
from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import RequestEntityTooLarge

from regulars import metrics, problems, runtime
from regulars.db import NO_DATABASE, unit_of_work
from regulars.errors import InvalidInput, NotFound, NotKept, SettingsError, TooLarge, Unauthorized
from regulars_webhooks.inbox import Delivery, keep

log = structlog.get_logger("regulars.intake")

_MIB = 1024 * 1024


class BadDelivery(InvalidInput):
    """The delivery lacks its signature or its body."""

    code = "bad_delivery"
    status = 400
    title = "Not a delivery"


def new_blueprint(name: str, import_name: str) -> Blueprint:
    """A blueprint for a platform's addresses that answers our errors as problem details."""
    blueprint = Blueprint(f"regulars_webhooks_{name}", import_name)
    problems.handle_on(blueprint)
    for kind in (*NO_DATABASE, DBAPIError, SettingsError):  # in place of the answers of other rooms
        blueprint.register_error_handler(kind, partial(_not_kept, name))
    return blueprint


def _not_kept(platform: str, error: Exception) -> Response:
    """Whatever the database could not do, or a wrong root key could not open: not kept, send it again."""
    metrics.events_not_kept.labels(platform).inc()
    log.warning("not_kept", platform=platform, error=type(error).__name__)
    return problems.answer(NotKept("The message could not be stored just now; send it again."))


def read_body() -> bytes:
    """The raw bytes of the request. Raises TooLarge, before reading where the sender says how much it is."""
    limit = runtime.current().settings.body_limit_bytes
    too_large = TooLarge(f"A webhook's body may have {limit / _MIB:g} MiB; this one has more.")
    if (request.content_length or 0) > limit:
        raise too_large
    request.max_content_length = limit + 1  # a chunked body is cut there without a word, so one more byte tells
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise too_large from error
    if len(body) > limit:
        raise too_large
    return body


def unknown_address() -> NotFound:
    """The one answer for addresses, shops and secrets that do not exist: it tells nothing about which."""
    return NotFound("There is no such webhook address, or it has no secret; `regulars doctor` shows the right ones.")


def header_bytes(name: str) -> bytes | None:
    """A header as the bytes that were sent, or None when it is absent."""
    text = request.headers.get(name)
    return None if text is None else text.encode("latin-1", "replace")


def demand_parts(platform: str, signature: bytes | None, body: bytes) -> bytes:
    """The signature header. Raises BadDelivery when it is absent or there is no body."""
    if signature is None or not body:
        metrics.signatures_refused.labels(platform).inc()
        raise BadDelivery("The signature header is absent." if signature is None else "The body is empty.")
    return signature


def refuse(platform: str) -> Unauthorized:
    """Count a wrong signature; the error to raise."""
    metrics.signatures_refused.labels(platform).inc()
    return Unauthorized("The signature does not fit this body and this address's secret.")


def accept(delivery: Delivery, now: datetime) -> Response:
    """Keep a verified message in one short transaction and say so; there is one try, the sender has more."""
    busy_seconds = runtime.current().settings.intake_busy_seconds
    unit_of_work(lambda session: keep(session, delivery, now), busy_seconds=busy_seconds, tries=1)
    metrics.events_kept.labels(delivery.kind).inc()
    return jsonify(kept=True)
