"""Our errors as RFC 9457 problem details, on our own blueprints only: a host's error pages stay the host's."""

from flask import Blueprint, Response, jsonify

from regulars.errors import RegularsError, Unauthorized


def answer(error: RegularsError) -> Response:
    """The answer to an error of ours; who is not known is told how to say who they are."""
    response = jsonify(error.problem())
    response.status_code = error.status
    response.content_type = "application/problem+json"
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def handle_on(blueprint: Blueprint) -> None:
    """Answer every error of ours that a view of this blueprint raises."""
    blueprint.register_error_handler(RegularsError, answer)
