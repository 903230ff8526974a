"""`Admin(app)`: the staff's pages as one blueprint, in the standalone app or in a host's own house."""

from typing import Any

from flask import Blueprint, Flask
from werkzeug.exceptions import HTTPException

from regulars import runtime
from regulars.cli import cli
from regulars.db import NO_DATABASE
from regulars.errors import RegularsError, SettingsError
from regulars_admin import guard, look, refusals
from regulars_admin.complaints.routes import blueprint as complaints
from regulars_admin.customers.routes import blueprint as customers
from regulars_admin.deadletters.routes import blueprint as deadletters
from regulars_admin.home.routes import blueprint as home
from regulars_admin.hosting import CurrentStaff, Hosting
from regulars_admin.inbox.routes import blueprint as inbox
from regulars_admin.staff.cli import staff as staff_commands
from regulars_admin.staff.routes import blueprint as staff
from regulars_admin.work.routes import blueprint as work

_ROOMS = (home, customers, complaints, inbox, work, deadletters, staff)

cli.add_command(staff_commands)


class Admin:
    """The third extension; `Regulars(app)` comes first.

    A host with its own staff says who asks: `Admin(app, current_staff=fn, login_url="/login")`, where `fn()` gives a
    `Member` or None. Without it the admin has its own login.
    """

    def __init__(
        self, app: Flask | None = None, *, current_staff: CurrentStaff | None = None, login_url: str | None = None
    ) -> None:
        self._hosting = Hosting(current_staff, login_url)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Add our blueprint to the app. Raises SettingsError when `Regulars(app)` was not called or this one twice."""
        if "regulars" not in app.extensions:
            raise SettingsError("Call Regulars(app) before Admin(app).")
        if "regulars_admin" in app.extensions:
            raise SettingsError("Admin(app) was called twice for this app.")
        app.extensions["regulars_admin"] = self._hosting
        pages = _pages()
        app.register_blueprint(pages, url_prefix=runtime.of(app).settings.admin_prefix)
        _leave_us_alone(app, (pages, *_ROOMS))


def _pages() -> Blueprint:
    pages = Blueprint("regulars_admin", __name__, template_folder="templates", static_folder="static")
    pages.before_request(guard.before)
    pages.after_request(guard.after)
    pages.register_error_handler(RegularsError, refusals.refused)
    pages.register_error_handler(HTTPException, refusals.failed)
    for kind in NO_DATABASE:
        pages.register_error_handler(kind, refusals.no_database)
    look.dress(pages)
    for room in _ROOMS:
        pages.register_blueprint(room)
    return pages


def _leave_us_alone(app: Flask, blueprints: tuple[Blueprint, ...]) -> None:
    """A host's CSRFProtect would refuse our forms for lack of its token; they carry, and we check, our own."""
    protection: Any = app.extensions.get("csrf")
    if protection is not None:
        for blueprint in blueprints:
            protection.exempt(blueprint)
