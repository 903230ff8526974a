"""What one app has in hand while it runs: its settings, keys, doorbell, drains, handlers and timetable."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from regulars.keys import Keyring
from regulars.settings import Settings

if TYPE_CHECKING:
    from regulars.messaging.queries import Words
    from regulars.work.doorbell import Doorbell
    from regulars.work.handlers import Drain, Handler
    from regulars.work.timetable import Periodic


@dataclass
class Runtime:
    """One per app; the three extensions add to it in their `init_app`, nobody changes it later."""

    settings: Settings
    keyring: Keyring
    doorbell: "Doorbell"
    drains: "list[Drain]" = field(default_factory=list)
    handlers: "dict[str, Handler]" = field(default_factory=dict)
    timetable: "list[Periodic]" = field(default_factory=list)
    source_kinds: set[str] = field(default_factory=set)  # which sources somebody here listens to
    words: "dict[str, Words]" = field(default_factory=dict)  # who finds what a letter says by reference, by template


def of(app: Flask) -> Runtime:
    """The runtime of an app on which `Regulars(app)` was called."""
    return cast(Runtime, app.extensions["regulars"])


def current() -> Runtime:
    """The runtime of the app in whose context we are."""
    return of(current_app)
