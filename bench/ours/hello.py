"""The least that Flask can do, for the server that ours runs on."""

from flask import Flask


def create_app() -> Flask:
    """One page that says hello."""
    app = Flask("hello")
    app.add_url_rule("/hello", endpoint="hello", view_func=lambda: "hello")
    app.add_url_rule("/healthz", endpoint="healthz", view_func=lambda: "good")
    return app
