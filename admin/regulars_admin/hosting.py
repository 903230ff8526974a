"""What the host said about its own staff when it put the admin into its app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from regulars_admin.access import Member

CurrentStaff = Callable[[], Member | None]


@dataclass(frozen=True, slots=True)
class Hosting:
    """`current_staff` says who asks, instead of our login; `login_url` is where the host's staff sign in."""

    current_staff: CurrentStaff | None = None
    login_url: str | None = None


def hosting() -> Hosting:
    """What this app's host said."""
    return cast(Hosting, current_app.extensions["regulars_admin"])
