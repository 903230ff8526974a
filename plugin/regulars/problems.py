"""Our errors as RFC 9457 problem details, on our own blueprints only: a host's error pages stay the host's."""

import structlog
from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from regulars import metrics
from regulars.db import NO_DATABASE
from regulars.errors import RegularsError, Unauthorized, Unavailable

log = structlog.get_logger("regulars.http")


def answer(error: RegularsError) -> Response:
    """The answer to an error of ours; who is not known is told how to say who they are."""
    response = jsonify(error.problem())
    response.status_code = error.status
    response.content_type = "application/problem+json"
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def handle_on(blueprint: Blueprint) -> None:
    """Answer every error of ours that a view of this blueprint raises, and a database that does not answer."""
    blueprint.register_error_handler(RegularsError, answer)
    for kind in NO_DATABASE:
        blueprint.register_error_handler(kind, _no_database)


def _no_database(error: SQLAlchemyError) -> Response:
    metrics.faults.labels("database_failed").inc()
    log.warning("database_failed", error=type(error).__name__)
    return answer(Unavailable("The database does not answer as it should just now; nothing was changed, try again."))
