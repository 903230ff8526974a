"""Logging of the standalone app: to standard error, only fields that are listed here, never anything personal.

A host's logging is the host's: as a plugin we configure nothing.
"""

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: What may stand in a log line. Everything else is dropped: a shopper's words must not reach a log by accident.
FIELDS = {
    "code", "dead", "drain", "error", "event", "handler", "level", "logger", "name", "platform", "port", "row", "rows",
    "shop_id", "signal", "timestamp", "where",
}  # fmt: skip


def configure(mode: str) -> None:
    """JSON lines in production, readable lines otherwise."""
    form: Any = (
        structlog.processors.JSONRenderer() if mode == "production" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_listed,
            form,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def only_listed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the fields that are listed."""
    return {key: value for key, value in event.items() if key in FIELDS}
