"""The express door: what a shop's deliveries pass instead of Flask, which costs more than all that is done for them.

It knows the same addresses and asks the same handlers. It opens only to what goes well: whatever else comes, and whatever
a handler or the database says against a delivery, is answered by Flask's door, in Flask's words.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Flask

from regulars import clock, runtime
from regulars_webhooks import intake
from regulars_webhooks.intake import Addresses, Handler, Incoming

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_TOKEN = "/<token>"  # noqa: S105 - a part of an address
_HEADERS = [("Content-Type", intake.JSON), ("Content-Length", str(len(intake.KEPT)))]


class Express:
    """A WSGI app around an app's own: `app.wsgi_app = Express(app, app.wsgi_app, addresses)`."""

    def __init__(self, app: Flask, flask_door: "WSGIApplication", addresses: Addresses) -> None:
        settings = runtime.of(app).settings
        self._app = app
        self._flask_door = flask_door
        self._limit_bytes = settings.body_limit_bytes
        self._handlers = {settings.webhooks_prefix + rule: handler for rule, handler in addresses.items()}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Keep a delivery and say so; everything else goes on to Flask."""
        if environ["REQUEST_METHOD"] == "POST" and (found := self._find(environ.get("PATH_INFO", ""))):
            body = self._read(environ)
            if body is not None and self._is_kept(environ, body, *found):
                start_response("200 OK", list(_HEADERS))
                return [intake.KEPT]
        return self._flask_door(environ, start_response)

    def _find(self, path: str) -> tuple[Handler, str] | None:
        """The handler of an address and the token in it; odd spellings of an address are Flask's to judge."""
        if handler := self._handlers.get(path):
            return handler, ""
        place, _, token = path.rpartition("/")
        handler = self._handlers.get(place + _TOKEN)
        return (handler, token) if handler and token and token.isascii() else None

    def _read(self, environ: "WSGIEnvironment") -> bytes | None:
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

    def _is_kept(self, environ: "WSGIEnvironment", body: bytes, handler: Handler, token: str) -> bool:
        try:
            intake.of(self._app).take(handler, Incoming(environ, body, token, clock.now()))
        except Exception as error:
            environ[intake.MET] = error
            return False
        return True
