"""What every platform's address does: read the raw body, find who speaks, verify, keep, answer. Nothing is parsed here."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

import structlog
from flask import Blueprint, Flask, Response, current_app, has_app_context, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from regulars import clock, metrics, problems, runtime
from regulars.db import NO_DATABASE, reading, unit_of_work
from regulars.errors import InvalidInput, NotFound, NotKept, SettingsError, TooLarge, Unauthorized
from regulars.group_commit import GroupCommit
from regulars.recent import Recent
from regulars.shops import Speaker
from regulars_webhooks.inbox import Delivery, keep_rows, row_of

log = structlog.get_logger("regulars.intake")

_MIB = 1024 * 1024
#: The answer to what was kept, and its type.
KEPT = b'{"kept":true}\n'
JSON = "application/json"
#: Where the express door leaves what it met in the WSGI environment; Flask's door says it.
MET = "regulars.intake.met"


class BadDelivery(InvalidInput):
    """The delivery lacks its signature or its body."""

    code = "bad_delivery"
    status = 400
    title = "Not a delivery"


@dataclass(slots=True)
class Incoming:
    """One request at an address of ours, read to its end and not believed yet: the same at every door."""

    environ: Mapping[str, Any]
    body: bytes
    token: str  # the last part of the address; empty at the one address of an app
    now: datetime

    def header(self, *names: str) -> str | None:
        """The first of these headers that was sent; names as WSGI writes them: HTTP_X_SHOPIFY_TOPIC."""
        for name in names:
            if (text := self.environ.get(name)) is not None:
                return cast(str, text)
        return None

    def header_bytes(self, *names: str) -> bytes | None:
        """The same as the bytes that were sent."""
        text = self.header(*names)
        return None if text is None else text.encode("latin-1", "replace")


#: Who decides what an incoming request is: a delivery of somebody we know, or one of our errors.
Handler = Callable[["Intake", Incoming], Delivery]
#: The handlers of a platform by address, each with at most one part that changes: "/shopify/<token>".
Addresses = Mapping[str, Handler]


def new_blueprint(name: str, import_name: str, addresses: Addresses) -> Blueprint:
    """Flask's door to a platform's addresses, which answers our errors as problem details."""
    blueprint = Blueprint(f"regulars_webhooks_{name}", import_name)
    problems.handle_on(blueprint)
    metrics.watch_platform(name)
    for kind in (*NO_DATABASE, DBAPIError, SettingsError):  # in place of the answers of other rooms
        blueprint.register_error_handler(kind, partial(_not_kept, name))
    for rule, handler in addresses.items():
        blueprint.add_url_rule(rule, handler.__name__, partial(_receive, handler), methods=["POST"])
    return blueprint


def _not_kept(platform: str, error: Exception) -> Response:
    """Whatever the database could not do, or a wrong root key could not open: not kept, send it again."""
    metrics.events_not_kept.labels(platform).inc()
    log.warning("not_kept", platform=platform, error=type(error).__name__)
    return problems.answer(NotKept("The message could not be stored just now; send it again."))


def _receive(handler: Handler, token: str = "") -> Response:
    """What the handler makes of the request; or what it made of it at the express door, which it is not asked again."""
    if error := request.environ.pop(MET, None):
        raise error
    of(current_app).take(handler, Incoming(request.environ, _read_body(), token, clock.now()))
    return Response(KEPT, mimetype=JSON)


def _read_body() -> bytes:
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
_Verified = tuple[Delivery, datetime]


class Intake:
    """What the addresses of one app share: who spoke a moment ago, and the deliveries that wait for the same commit."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.speakers: Recent[_Key, Speaker] = Recent(_KNOWN_SECONDS)
        self.together: GroupCommit[_Verified, None] = GroupCommit(self._keep_all)

    def take(self, handler: Handler, incoming: Incoming) -> None:
        """Keep what the handler finds authentic, together with what arrives at the same moment; committed when it returns."""
        self.together.do((handler(self, incoming), incoming.now))

    def who_speaks(
        self, key: _Key, question: Callable[[Session], Speaker | None], proof: Callable[[Speaker], str | None]
    ) -> tuple[Speaker | None, str | None]:
        """Who speaks at an address, and the id of the source that they prove to be.

        First as it was known a moment ago; where that proves nothing the database is asked, so a new secret is good at once.
        """
        known = self.speakers.get(key)
        if known and (source_id := proof(known)):
            return known, source_id
        asked_at = time.monotonic()
        with self._context(), reading() as session:
            speaker = question(session)
        source_id = proof(speaker) if speaker else None
        if speaker and speaker.shop_id and source_id:  # strangers are not remembered
            self.speakers.keep(key, speaker, asked_at)
        return speaker, source_id

    def _keep_all(self, verified: Sequence[_Verified]) -> list[None]:
        """One short transaction for all of them; there is one try, the senders have more.

        One thread packs and seals for all: threads that do it side by side only wait for the interpreter and each other.
        """
        with self._context():
            busy_seconds = runtime.current().settings.intake_busy_seconds
            rows = [row_of(delivery, now) for delivery, now in verified]
            unit_of_work(lambda session: keep_rows(session, rows), busy_seconds=busy_seconds, tries=1)
        for platform, kept in Counter(delivery.kind for delivery, _ in verified).items():
            metrics.events_kept.labels(platform).inc(kept)
        return [None] * len(rows)

    def _context(self) -> AbstractContextManager[object]:
        """Flask's context of our app; who came through Flask's door has it already, the others need it once in a batch."""
        return nullcontext() if has_app_context() else self._app.app_context()


def of(app: Flask) -> Intake:
    """The intake of an app on which `Webhooks(app)` was called."""
    return cast(Intake, app.extensions[INTAKE])
