"""The JSON API for hosts and servers."""

from importlib.metadata import version

from flask import Blueprint, Flask

from regulars.api.routes import OurApi, blueprint, document
from regulars.settings import Settings

_SECURITY = {"type": "http", "scheme": "bearer", "description": "An API key of the shop: `regulars key add KEY`."}


def register(app: Flask, settings: Settings) -> None:
    """Add the API and its OpenAPI document to an app, beside whatever API the host has of its own."""
    about = {"title": "Regulars", "version": version("regulars"), "openapi_version": "3.1.0"}
    api = OurApi(app, config_prefix="REGULARS_", spec_kwargs=about)
    api.spec.components.security_scheme("apiKey", _SECURITY)
    api.register_blueprint(blueprint, url_prefix=settings.api_prefix)
    pages = Blueprint("regulars_api_document", __name__, url_prefix=settings.api_prefix)
    pages.add_url_rule("/openapi.json", "openapi", lambda: document(api))
    app.register_blueprint(pages)
    if "csrf" in app.extensions:  # no cookie speaks for anybody here
        app.extensions["csrf"].exempt(blueprint)
