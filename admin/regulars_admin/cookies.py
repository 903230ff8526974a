"""The cookie that carries a staff session, and the token in forms that belongs to it."""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, request

from regulars import runtime

#: `__Host-` binds a cookie to this very host, to https and to the whole path: no neighbour under the domain can set it.
_SECURE_NAME = "__Host-regulars_staff"
#: Browsers refuse a `__Host-` cookie over plain http, where a developer on loopback signs in.
_PLAIN_NAME = "regulars_staff"


@dataclass(frozen=True, slots=True)
class _Jar:
    name: str
    secure: bool


def _jar() -> _Jar:
    """Secure whenever this request is, and always in production: a proxy that ends TLS may show us plain http."""
    secure = request.is_secure or runtime.current().settings.mode == "production"
    return _Jar(_SECURE_NAME if secure else _PLAIN_NAME, secure)


def session_token() -> str:
    """The token that the browser holds; empty when it holds none."""
    return request.cookies.get(_jar().name, "")


def keep(response: Response, token: str, lasts: timedelta) -> Response:
    """Give the browser a session."""
    jar = _jar()
    response.set_cookie(jar.name, token, max_age=lasts, path="/", secure=jar.secure, httponly=True, samesite="Lax")
    return response


def drop(response: Response) -> Response:
    """Take the session from the browser."""
    jar = _jar()
    response.delete_cookie(jar.name, path="/", secure=jar.secure, httponly=True, samesite="Lax")
    return response


def form_token(member_id: str) -> str:
    """What a form must send back: bound to the session, or to the member where the host knows who it is."""
    bound_to = session_token() or f"member:{member_id}"
    return runtime.current().keyring.mac("admin forms", bound_to.encode())


def form_token_fits(member_id: str) -> bool:
    """Whether the request carries its session's token, in the form or (scripts) in a header."""
    given = request.form.get("csrf_token") or request.headers.get("X-CSRF-Token", "")
    return hmac.compare_digest(given.encode(), form_token(member_id).encode())
