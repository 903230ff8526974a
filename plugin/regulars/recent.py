"""What was just read, kept for a moment: a process need not ask the database the same thing a thousand times a second."""

import time
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Answers by key, each good for `life_seconds` from the moment its question was asked."""

    def __init__(self, life_seconds: float, at_most: int = 10_000) -> None:
        self._life_seconds = life_seconds
        self._at_most = at_most
        self._known: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key) -> Value | None:
        """The answer, if it was asked for a moment ago."""
        known = self._known.get(key)
        return known[1] if known and time.monotonic() - known[0] < self._life_seconds else None

    def keep(self, key: Key, answer: Value, asked_at: float) -> None:
        """Keep an answer; `asked_at` is what `time.monotonic()` said before the question was asked."""
        if len(self._known) >= self._at_most:
            self._known.clear()  # a process that knows so many at once starts anew rather than grow
        self._known[key] = (asked_at, answer)
