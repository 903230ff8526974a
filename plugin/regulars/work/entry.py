"""What RQ runs: one function, ids only. It makes the app once per process and drains."""

import importlib
import os
import sys
from functools import partial
from pathlib import Path

from flask import Flask

from regulars.errors import SettingsError
from regulars.work.runner import drain

_BREATH_SECONDS = 0.1
_STANDALONE = "regulars.standalone:create_app"

_apps: list[Flask] = []  # one per process


def use(app: Flask) -> None:
    """Work with this app, which the worker process has made already."""
    _apps[:] = [app]


def make_app() -> Flask:
    """A new app by REGULARS_APP (package:factory), or the standalone one.

    Like Flask's own command line, it also looks in the present directory. Raises SettingsError when nothing is there.
    """
    module, _, name = (os.environ.get("REGULARS_APP") or _STANDALONE).partition(":")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        factory = getattr(importlib.import_module(module), name or "create_app")
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(f"REGULARS_APP must name the host's app as package:create_app, but: {error}.") from error
    made: Flask = factory()
    return made


def find_app() -> Flask:
    """The app of this process, made when there is none yet."""
    if not _apps:
        _apps.append(make_app())
    return _apps[0]


def run(name: str) -> None:
    """The one entry point of every doorbell job; `name` says what to do."""
    with find_app().app_context():
        {"drain": partial(drain, breath_seconds=_BREATH_SECONDS)}[name]()
