"""`Webhooks(app)`: the addresses that the shops speak to, and what happens to what they say."""

from flask import Flask

from regulars import runtime
from regulars.cli import cli
from regulars.errors import SettingsError
from regulars.work import Drain, Local, Periodic
from regulars_webhooks import inbox, intake, shopify, standard
from regulars_webhooks.deadletters.cli import deadletters
from regulars_webhooks.express import Express
from regulars_webhooks.imports.cli import import_file

PLATFORMS = (shopify, standard)

cli.add_command(deadletters)
cli.add_command(import_file)


class Webhooks:
    """Adds webhooks, the inbox and its drain to an app on which `Regulars(app)` was called."""

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Register our blueprints, drain, handlers and timetable. Raises SettingsError without `Regulars(app)`."""
        if "regulars" not in app.extensions:
            raise SettingsError("Webhooks(app) builds on Regulars(app): call Regulars(app) first, then Webhooks(app).")
        if inbox.NORMALISERS in app.extensions:
            raise SettingsError("Webhooks(app) was called twice on this app: once is enough.")
        hand = runtime.of(app)
        app.extensions[inbox.NORMALISERS] = {platform.KIND: platform.normalise for platform in PLATFORMS}
        app.extensions[intake.INTAKE] = intake.Intake(app)
        hand.drains.insert(
            0, Drain("inbox", inbox.InboxRow, inbox.handle)
        )  # what shops say goes before what follows from it
        hand.handlers["inbox.purge"] = Local(inbox.purge)
        hand.timetable.append(Periodic("inbox.purge", "night"))
        hand.source_kinds |= {platform.KIND for platform in PLATFORMS}
        for platform in PLATFORMS:
            app.register_blueprint(platform.blueprint, url_prefix=hand.settings.webhooks_prefix)
        addresses = {rule: handler for platform in PLATFORMS for rule, handler in platform.ADDRESSES.items()}
        hand.doors.append(Express(app, addresses))
        _exempt_from_csrf(app)


def _exempt_from_csrf(app: Flask) -> None:
    """Webhooks prove themselves by signature: a host's Flask-WTF, if it is there, lets them pass."""
    csrf = app.extensions.get("csrf")
    if csrf is not None:
        for platform in PLATFORMS:
            csrf.exempt(platform.blueprint)
