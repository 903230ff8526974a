"""What one app has in hand while it runs: its settings, keys, doorbell, drains, handlers and timetable."""

import gc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from regulars.keys import Keyring
from regulars.settings import Settings

if TYPE_CHECKING:
    from regulars.door import Answers
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
    doors: "list[Answers]" = field(default_factory=list)  # who may answer before Flask, in the standalone app alone
    words: "dict[str, Words]" = field(default_factory=dict)  # who finds what a letter says by reference, by template


def of(app: Flask) -> Runtime:
    """The runtime of an app on which `Regulars(app)` was called."""
    return cast(Runtime, app.extensions["regulars"])


def current() -> Runtime:
    """The runtime of the app in whose context we are."""
    return of(current_app)


def settle_in() -> None:
    """What a process of ours does once its app is made: Python's collector looks at the app no more, and less often at rows.

    A batch makes rows by the thousand and none of them in circles; looking for circles took about a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
