"""The only place that asks the time. Edges ask once and pass `now` on."""

import os
from datetime import UTC, datetime
from pathlib import Path

from regulars.errors import SettingsError
from regulars.values import parse_time


def now() -> datetime:
    """The present moment in UTC, or what the file named by REGULARS_TEST_CLOCK holds (tests only)."""
    path = os.environ.get("REGULARS_TEST_CLOCK")
    return parse_time(Path(path).read_text(encoding="utf-8").strip()) if path else datetime.now(UTC)


def check(mode: str) -> None:
    """Refuse a test clock in production. Raises SettingsError."""
    if mode == "production" and os.environ.get("REGULARS_TEST_CLOCK"):
        raise SettingsError("REGULARS_TEST_CLOCK is set in production mode: unset it, or set REGULARS_MODE=test.")
