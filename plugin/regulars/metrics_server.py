"""/metrics and /healthz of the processes that serve no pages: the worker and the clock, on a port of their own."""

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from flask import Flask

from regulars import runtime
from regulars.errors import SettingsError


class _Server(ThreadingMixIn, WSGIServer):
    """One thread per question, so that a slow one does not hide us."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    """No line per request."""

    def log_message(self, *_words: Any) -> None:
        """Who asked for metrics is of no interest."""


def serve(app: Flask) -> None:
    """Answer in a daemon thread, when REGULARS_METRICS_PORT is set. Raises SettingsError when the port is taken."""
    settings = runtime.of(app).settings
    if not settings.metrics_port:
        return
    only = {f"{settings.health_prefix}/{name}" for name in ("metrics", "healthz")}
    host, port = settings.metrics_host, settings.metrics_port
    try:
        server = make_server(host, port, _only(app, only), server_class=_Server, handler_class=_Quiet)
    except OSError as error:
        remedy = "give each worker and clock of a host a port of its own"
        raise SettingsError(f"REGULARS_METRICS_PORT {port} cannot be used ({error.strerror}): {remedy}.") from error
    threading.Thread(target=server.serve_forever, daemon=True, name="regulars-metrics").start()


def _only(app: Flask, paths: set[str]) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The app, but for these paths alone: a worker's port opens no admin."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") not in paths:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"Only /metrics and /healthz are here.\n"]
        return app.wsgi_app(environ, start_response)

    return answer
