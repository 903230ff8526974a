"""Sign in, sign out, change the password."""

from datetime import datetime

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from regulars.clock import now
from regulars.db import reading, unit_of_work
from regulars.errors import InvalidInput, NotFound, Unauthorized
from regulars_admin import cookies
from regulars_admin.access import allowed, member, public
from regulars_admin.guard import current_member
from regulars_admin.hosting import hosting
from regulars_admin.refusals import safe_next
from regulars_admin.staff import service

blueprint = Blueprint("staff", __name__)

_TOO_MANY = "Too many tries for this e-mail. Wait a quarter of an hour, then try again."


@blueprint.get("/login")
@public
def login() -> AnyResponse | str:
    """The form to sign in."""
    _only_our_own_login()
    back = request.args.get("next")
    if current_member() is not None:
        return redirect(safe_next(back))
    return render_template("regulars_admin/staff/login.html", back=back, email="", wrong=None)


@blueprint.post("/login")
@public
def sign_in() -> AnyResponse | tuple[str, int]:
    """Check the password; a new session takes the place of whatever the browser held before."""
    _only_our_own_login()
    email, back = request.form.get("email", ""), request.form.get("next")
    asked_at = now()
    if not _may_try(email, asked_at):
        return _again(email, back, _TOO_MANY), 429
    try:
        with reading() as session:
            row = service.check_password(session, email, request.form.get("password", ""))
    except Unauthorized as error:
        return _again(email, back, error.detail), 401
    held = cookies.session_token()
    token = unit_of_work(lambda session: service.open_session(session, row, asked_at, instead_of=held))
    return cookies.keep(make_response(redirect(safe_next(back))), token, service.SESSION_LASTS)


@blueprint.post("/logout")
@allowed("self.manage")
def logout() -> AnyResponse:
    """End the session here and in the browser."""
    _only_our_own_login()
    token = cookies.session_token()
    unit_of_work(lambda session: service.close_session(session, token))
    return cookies.drop(make_response(redirect(url_for("regulars_admin.staff.login"))))


@blueprint.get("/password")
@allowed("self.manage")
def password() -> str:
    """The form to change one's own password."""
    _only_our_own_login()
    return render_template("regulars_admin/staff/password.html", wrong=None)


@blueprint.post("/password")
@allowed("self.manage")
def change_password() -> AnyResponse | tuple[str, int]:
    """Change one's own password: every other session ends, and this browser gets a new one."""
    _only_our_own_login()
    who, changed_at, new = member(), now(), request.form.get("new_password", "")
    if not _may_try(who.email, changed_at):
        return render_template("regulars_admin/staff/password.html", wrong=_TOO_MANY), 429
    try:
        with reading() as session:
            service.check_password(session, who.email, request.form.get("password", ""))
        row, _ = unit_of_work(lambda session: service.set_password(session, who.email, new, changed_at, actor=who.id))
    except Unauthorized:
        return render_template("regulars_admin/staff/password.html", wrong="The present password is not right."), 422
    except InvalidInput as error:
        return render_template("regulars_admin/staff/password.html", wrong=error.detail), 422
    token = unit_of_work(lambda session: service.open_session(session, row, changed_at))
    response = make_response(redirect(url_for("regulars_admin.home.start")))
    return cookies.keep(response, token, service.SESSION_LASTS)


def _may_try(email: str, at: datetime) -> bool:
    """Whether this account has a try left. Written and committed before it is counted: of many at once few get through."""
    attempt_id = unit_of_work(lambda session: service.note_attempt(session, email, at))
    with reading() as session:
        tries = service.count_attempts(session, email, at)
    if tries > service.ATTEMPTS_LIMIT:
        unit_of_work(lambda session: service.forget_attempt(session, attempt_id))
    return tries <= service.ATTEMPTS_LIMIT


def _again(email: str, back: str | None, wrong: str) -> str:
    return render_template("regulars_admin/staff/login.html", back=back, email=email, wrong=wrong)


def _only_our_own_login() -> None:
    """Where the host brings its own staff there is nothing here to sign in to."""
    if hosting().current_staff is not None:
        raise NotFound("The staff of this installation sign in elsewhere.")
