"""A host: a Flask app that was there first, with everything of its own that a plugin could break."""

import os
from typing import Any

from flask import Flask
from flask_login import current_user
from flask_wtf import CSRFProtect

from admin import views as backoffice
from regulars import Regulars, prepare_sqlite
from regulars_admin import Admin
from regulars_admin.access import Member
from regulars_webhooks import Webhooks
from shopfront import api, views
from shopfront.models import db

csrf = CSRFProtect()


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The host's own factory; workers call it without arguments."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "the host's own"
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("SHOPFRONT_DATABASE_URL", "sqlite://")
    app.config.update(config or {})
    db.init_app(app)
    with app.app_context():
        prepare_sqlite(db.engine)
    csrf.init_app(app)
    csrf.exempt(views.gifts)
    backoffice.set_up(app)
    api.set_up(app)
    views.set_up(app)
    Regulars(app)
    Webhooks(app)
    Admin(app, current_staff=current_staff, login_url="/backoffice/login")
    return app


def current_staff() -> Member | None:
    """Whoever is signed in at the host is an owner in the admin of Regulars."""
    if not current_user.is_authenticated:
        return None
    name = str(current_user.id)
    return Member(id=name, name=name, email=f"{name}@shopfront.example", role="owner")
