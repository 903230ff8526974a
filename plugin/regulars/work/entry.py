"""What RQ runs: one function, ids only. It makes the app once per process and drains."""

import importlib
import os

from flask import Flask

from regulars.work.runner import drain

_apps: list[Flask] = []  # one per process


def use(app: Flask) -> None:
    """Work with this app, which the worker process has made already."""
    _apps[:] = [app]


def find_app() -> Flask:
    """The app of this process; made from REGULARS_APP (package:factory), or the standalone one, when there is none yet."""
    if not _apps:
        module, _, factory = (os.environ.get("REGULARS_APP") or "regulars.standalone:create_app").partition(":")
        _apps.append(getattr(importlib.import_module(module), factory or "create_app")())
    return _apps[0]


def run(name: str) -> None:
    """The one entry point of every doorbell job; `name` says what to do."""
    with find_app().app_context():
        {"drain": drain}[name]()
