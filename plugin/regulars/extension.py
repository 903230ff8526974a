"""Regulars as a Flask extension: defaults, blueprints, handlers, commands. It keeps no app and touches only our own."""

from flask import Flask

from regulars import api, clock, complaints, db, health, messaging, nightwork, outbound, settings, storefront
from regulars.commands import cli
from regulars.errors import SettingsError
from regulars.keys import Keyring
from regulars.runtime import Runtime
from regulars.work.doorbell import Doorbell
from regulars.work.runner import WORK


class Regulars:
    """`Regulars(app)`, after `SQLAlchemy(app)`; one per app, several apps in one process are fine."""

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Set up one app. Raises SettingsError, with a remedy, for everything that would go wrong later."""
        if "sqlalchemy" not in app.extensions:
            raise SettingsError("Regulars uses the host's Flask-SQLAlchemy: call SQLAlchemy(app) before Regulars(app).")
        if "regulars" in app.extensions:
            raise SettingsError("Regulars(app) was called twice on the same app; once is enough.")
        values = settings.read(app.config)
        clock.check(values.mode)
        db.check(app, values.bind)
        runtime = Runtime(values, Keyring(values.root_key), Doorbell(values))
        runtime.drains.append(WORK)
        for room in (nightwork, messaging, outbound, complaints):
            runtime.handlers |= room.HANDLERS
        runtime.timetable += nightwork.TIMETABLE
        runtime.words |= messaging.WORDS | complaints.WORDS
        app.extensions["regulars"] = runtime
        db.listen(app)
        desk = storefront.Desk()
        app.register_blueprint(storefront.blueprint(values, desk))
        runtime.doors.append(storefront.door(app, values, desk))
        app.register_blueprint(health.blueprint(values))
        api.register(app, values)
        app.cli.add_command(cli)
