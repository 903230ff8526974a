"""Logging of the standalone app: to standard error, one event per line, only fields that are listed here, nothing personal.

A host's logging is the host's: as a plugin we configure nothing. What libraries log goes through here too, without the
values they would put into their words: a shopper's words and a token in an address must not reach a log by accident.
"""

import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from flask import g, has_request_context, request

from regulars.values import new_id

#: What may stand in a log line. Everything else is dropped.
FIELDS = {
    "code", "dead", "drain", "error", "event", "frames", "handler", "kind", "level", "logger", "name", "platform", "port",
    "request_id", "row", "rows", "shop_id", "signal", "template", "time", "where", "zone",
}  # fmt: skip

_FRAMES = 8
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger("regulars.logs")


def configure(mode: str, level: str = "info") -> None:
    """JSON lines in production, readable lines otherwise; of the libraries, too, unless a host's app has its own logging."""
    form: Any = (
        structlog.processors.JSONRenderer() if mode == "production" else structlog.dev.ConsoleRenderer(colors=False)
    )
    number = getattr(logging, level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            with_request,
            only_listed,
            form,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    if not (os.environ.get("REGULARS_APP") and logging.root.handlers):
        logging.root.handlers[:] = [Libraries()]
        logging.root.setLevel(max(number, logging.WARNING) if level != "debug" else number)
        threading.excepthook = _thread_failed
    if mode == "production":
        sys.excepthook = _process_failed


def with_request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Which request it was: the proxy's X-Request-Id where it looks like one, else an id of ours."""
    if has_request_context():
        if "regulars_request_id" not in g:
            given = request.headers.get("X-Request-Id", "")
            g.regulars_request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
        event["request_id"] = g.regulars_request_id
    return event


def only_listed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the fields that are listed."""
    return {key: value for key, value in event.items() if key in FIELDS}


class Libraries(logging.Handler):
    """What others log, as one of our events: who, where and the template, never the values and never a message."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line. Text without arguments may have been put together with values, so it is left out, too."""
        told: dict[str, Any] = {"logger": record.name, "where": f"{Path(record.pathname).name}:{record.lineno}"}
        if record.args and isinstance(record.msg, str):
            told["template"] = record.msg
        if record.exc_info and record.exc_info[0]:
            log.error("unexpected_error", **told, **_failure(*record.exc_info[::2]))
            return
        log.log(record.levelno, "library_said", **told)


def _failure(kind: type[BaseException], trace: TracebackType | None) -> dict[str, Any]:
    """What may be told of an error: its kind and the way to it. Its message may quote what a shopper wrote."""
    frames = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-_FRAMES:]]
    return {"error": kind.__name__, "frames": frames}


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    log.error(
        "unexpected_error",
        name=failure.thread.name if failure.thread else None,
        **_failure(failure.exc_type, failure.exc_traceback),
    )


def _process_failed(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        log.critical("unexpected_error", name="process", **_failure(kind, trace))
