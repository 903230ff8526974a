"""What the storefront asks: the widget and its answers."""

from flask import Blueprint

from regulars.settings import Settings


def blueprint(settings: Settings) -> Blueprint:
    """The addresses of the storefront."""
    return Blueprint("regulars_storefront", __name__, url_prefix=settings.storefront_prefix)
