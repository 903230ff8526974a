"""What RQ runs: one function, ids only. It makes the app once per process and drains."""

import importlib
import os
from functools import cache

from flask import Flask

from regulars.work.runner import drain


@cache
def find_app() -> Flask:
    """The host's app named by REGULARS_APP as package:factory; without one, the standalone app."""
    module, _, factory = (os.environ.get("REGULARS_APP") or "regulars.standalone:create_app").partition(":")
    app: Flask = getattr(importlib.import_module(module), factory or "create_app")()
    return app


def run(name: str) -> None:
    """The one entry point of every doorbell job; `name` says what to do."""
    with find_app().app_context():
        {"drain": drain}[name]()
