"""Before and after every request to the admin: who asks, may they, is it really them; and what browsers must be told.

Everything here hangs on our blueprint alone; the host's other pages never meet it.
"""

from urllib.parse import urlsplit

from flask import Response, current_app, g, request

from regulars import runtime, shops
from regulars.clock import now
from regulars.db import reading
from regulars.errors import Forbidden, InvalidInput, NotFound, Unauthorized
from regulars_admin import cookies
from regulars_admin.access import Member, is_public, permission_of
from regulars_admin.hosting import hosting
from regulars_admin.staff.service import member_of_session

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

#: No inline script or style, nothing from elsewhere, in nobody's frame. `data:` is for the small icons of the style sheet.
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # not "no-referrer": with it browsers send "Origin: null" with our own forms, and the origin could not be checked
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def before() -> None:
    """Refuse whoever may not: a foreign origin, nobody, a role without the permission, a form without its token."""
    _refuse_what_no_database_stores()
    if request.method not in _SAFE_METHODS:
        _refuse_foreign_origin()
    view = current_app.view_functions[request.endpoint or ""]
    if is_public(view) or _is_static():
        return
    who = g.regulars_member = current_member()
    if who is None:
        raise Unauthorized("Sign in first.")
    permission = permission_of(view)
    if permission is None or not who.may(permission):
        raise Forbidden("Your role does not allow this. Somebody with another role can do it.")
    if request.method not in _SAFE_METHODS and not cookies.form_token_fits(who.id):
        raise Forbidden("The form is out of date: go back, load the page again and repeat.")
    g.regulars_shop = _shop_of_address(who)


def current_member() -> Member | None:
    """Who asks: as the host says, where it brings its own staff; otherwise whose session the cookie is."""
    if (current_staff := hosting().current_staff) is not None:
        return current_staff()
    token = cookies.session_token()
    if not token:
        return None
    with reading() as session:
        return member_of_session(session, token, now())


def _shop_of_address(who: Member) -> shops.Shop | None:
    key = (request.view_args or {}).get("shop_key")
    if key is None:
        return None
    with reading() as session:
        shop = shops.find_shop(session, key)
    if not who.sees(shop.id):  # in the words for a shop that does not exist: whether it does is none of their business
        raise NotFound(f"There is no shop {key!r}; `regulars shop add` connects one.")
    return shop


def _refuse_what_no_database_stores() -> None:
    """PostgreSQL takes no zero character in a text; nobody types one, so it is no search that finds nothing."""
    given = [str(value) for value in (request.view_args or {}).values()]
    given += [value for values in (request.args, request.form) for _, value in values.items(multi=True)]
    if any("\0" in value for value in given):
        raise InvalidInput("There is a character in it that nobody can store.")


def _refuse_foreign_origin() -> None:
    """Browsers name the page a form came from; whoever names none is no browser, and has to know the token anyway."""
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(runtime.current().settings.public_url).netloc} - {""}
    if origin is not None and urlsplit(origin).netloc not in ours:
        raise Forbidden("This form was sent from another site.")


def after(response: Response) -> Response:
    """Tell browsers what they may do with our pages; pages with people on them are kept nowhere."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    if not _is_static():
        response.headers["Cache-Control"] = "no-store"
    return response


def _is_static() -> bool:
    return request.endpoint == "regulars_admin.static"
