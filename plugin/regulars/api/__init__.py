"""The JSON API for hosts and servers."""

from flask import Flask

from regulars.settings import Settings


def register(app: Flask, settings: Settings) -> None:
    """Add the API to an app."""
