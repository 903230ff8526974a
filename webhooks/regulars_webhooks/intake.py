"""What every platform's address does: read the raw body, find who speaks, verify, keep, answer. Nothing is parsed here."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast

import structlog
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from regulars import metrics, problems, runtime
from regulars.db import NO_DATABASE, reading, unit_of_work
from regulars.errors import InvalidInput, NotFound, NotKept, SettingsError, TooLarge, Unauthorized
from regulars.group_commit import GroupCommit
from regulars.recent import Recent
from regulars.shops import Speaker
from regulars_webhooks.inbox import Delivery, keep_rows, row_of

log = structlog.get_logger("regulars.intake")

_MIB = 1024 * 1024
_KEPT = b'{"kept":true}\n'


class BadDelivery(InvalidInput):
    """The delivery lacks its signature or its body."""

    code = "bad_delivery"
    status = 400
    title = "Not a delivery"


def new_blueprint(name: str, import_name: str) -> Blueprint:
    """A blueprint for a platform's addresses that answers our errors as problem details."""
    blueprint = Blueprint(f"regulars_webhooks_{name}", import_name)
    problems.handle_on(blueprint)
    metrics.watch_platform(name)
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


#: Where the extension keeps the intake of its app.
INTAKE = "regulars_webhooks_intake"
#: How long a secret may be used as it was read: so long an old one is still taken after it was replaced.
_KNOWN_SECONDS = 1.0
_Key = tuple[str, str]


class Intake:
    """What the addresses of one app share: who spoke a moment ago, and the deliveries that wait for the same commit."""

    def __init__(self) -> None:
        self.speakers: Recent[_Key, Speaker] = Recent(_KNOWN_SECONDS)
        self.together: GroupCommit[dict[str, Any], None] = GroupCommit(_keep_all)


def _intake() -> Intake:
    return cast(Intake, current_app.extensions[INTAKE])


def _keep_all(rows: Sequence[dict[str, Any]]) -> list[None]:
    """One short transaction for all of them; there is one try, the senders have more."""
    busy_seconds = runtime.current().settings.intake_busy_seconds
    unit_of_work(lambda session: keep_rows(session, rows), busy_seconds=busy_seconds, tries=1)
    return [None] * len(rows)


def who_speaks(
    key: _Key, question: Callable[[Session], Speaker | None], proof: Callable[[Speaker], str | None]
) -> tuple[Speaker | None, str | None]:
    """Who speaks at an address, and the id of the source that they prove to be.

    First as it was known a moment ago; where that proves nothing the database is asked, so a new secret is good at once.
    """
    known = _intake().speakers.get(key)
    if known and (source_id := proof(known)):
        return known, source_id
    asked_at = time.monotonic()
    with reading() as session:
        speaker = question(session)
    source_id = proof(speaker) if speaker else None
    if speaker and speaker.shop_id and source_id:  # strangers are not remembered
        _intake().speakers.keep(key, speaker, asked_at)
    return speaker, source_id


def accept(delivery: Delivery, now: datetime) -> Response:
    """Keep a verified message, together with those that arrive at the same moment, and say so once it is committed."""
    _intake().together.do(row_of(delivery, now))
    metrics.events_kept.labels(delivery.kind).inc()
    return Response(_KEPT, mimetype="application/json")
