"""Errors as pages of the admin, and where to go to sign in and after it."""

from urllib.parse import urlsplit

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from regulars.errors import RegularsError, Unauthorized
from regulars_admin.hosting import hosting

Answer = AnyResponse | tuple[str, int]


def refused(error: RegularsError) -> Answer:
    """Whoever is not signed in goes to sign in; every other refusal is a page that says what to do."""
    if isinstance(error, Unauthorized):
        return _to_login()
    return _page(error.title, error.detail, error.status)


def failed(error: HTTPException) -> Answer:
    """An error of HTTP as a page of the admin; our own faults tell nothing."""
    if error.code is None or error.code < 400:
        return error.get_response()
    if error.code >= 500:
        return _page("Something went wrong", "It is our fault, and it is in the log. Nothing was changed.", error.code)
    return _page(error.name, error.description or "", error.code)


def no_database(_error: SQLAlchemyError) -> Answer:
    """The database does not answer: a page that says so, and that nothing was changed."""
    return _page("Not available just now", "The database does not answer. Nothing was changed; try again.", 503)


def _page(title: str, detail: str, status: int) -> tuple[str, int]:
    return render_template("regulars_admin/error.html", title=title, detail=detail), status


def _to_login() -> Answer:
    ours = hosting().current_staff is None
    if not ours and hosting().login_url is None:
        return _page("Not signed in", "Sign in where you usually do, then come back.", 401)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    address = hosting().login_url or url_for("regulars_admin.staff.login", next=back)
    if request.headers.get("HX-Request"):  # a part of a page asked: the whole page goes, not the part
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address)


def safe_next(address: str | None) -> str:
    """Where to go after signing in: an address of this admin, never anybody else's."""
    home = url_for("regulars_admin.home.start")
    parts = urlsplit(address or "")
    elsewhere = parts.scheme or parts.netloc or not parts.path.startswith(home) or _is_odd(address or "")
    return home if elsewhere else (address or home)


def _is_odd(address: str) -> bool:
    """Browsers read a backslash as a slash and drop control characters: neither belongs into an address of ours."""
    return "\\" in address or any(ord(sign) < 0x21 for sign in address)
