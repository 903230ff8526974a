"""The express door: what a shop's deliveries pass instead of Flask, which costs more than all that is done for them.

It knows the same addresses and asks the same handlers. It opens only to what goes well: whatever else comes, and whatever
a handler or the database says against a delivery, is answered by Flask's door, in Flask's words.
"""

from io import BytesIO
from typing import Any

from flask import Flask

from regulars import clock, runtime
from regulars.door import Answer
from regulars_webhooks import intake
from regulars_webhooks.intake import Addresses, Handler, Incoming

_TOKEN = "/<token>"  # noqa: S105 - a part of an address
_KEPT = Answer("200 OK", [("Content-Type", intake.JSON)], intake.KEPT)


class Express:
    """Answers deliveries that are kept, and nothing else; one of the doors of `regulars.door`."""

    def __init__(self, app: Flask, addresses: Addresses) -> None:
        settings = runtime.of(app).settings
        self._app = app
        self._limit_bytes = settings.body_limit_bytes
        self._handlers = {settings.webhooks_prefix + rule: handler for rule, handler in addresses.items()}

    def __call__(self, environ: dict[str, Any]) -> Answer | None:
        """Keep a delivery and say so, or None: then Flask is to judge, or to say what was met here."""
        found = self._find(environ.get("PATH_INFO", "")) if environ["REQUEST_METHOD"] == "POST" else None
        body = self._read(environ) if found else None
        if found is None or body is None:
            return None
        handler, token = found
        try:
            intake.of(self._app).take(handler, Incoming(environ, body, token, clock.now()))
        except Exception as error:
            environ[intake.MET] = error
            return None
        return _KEPT

    def _find(self, path: str) -> tuple[Handler, str] | None:
        """The handler of an address and the token in it; odd spellings of an address are Flask's to judge."""
        if handler := self._handlers.get(path):
            return handler, ""
        place, _, token = path.rpartition("/")
        handler = self._handlers.get(place + _TOKEN)
        return (handler, token) if handler and token and token.isascii() else None

    def _read(self, environ: dict[str, Any]) -> bytes | None:
        """The body where it says its length and has it; what was read is put back for Flask. None: Flask may judge it."""
        said = environ.get("CONTENT_LENGTH") or ""
        if not (said.isascii() and said.isdigit()) or "HTTP_TRANSFER_ENCODING" in environ:
            return None
        length = int(said)
        if length > self._limit_bytes:
            return None
        try:
            body: bytes = environ["wsgi.input"].read(length)
        except (OSError, ValueError):  # whoever sent it is gone, which Flask finds again
            return None
        environ["wsgi.input"] = BytesIO(body)
        return body if len(body) == length else None
