"""What a check is, and what it found."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at: `look()` says what is wrong, in a sentence without a stop, or None.

    `remedy` says what to do then. An `advice` is worth knowing and no reason to fail.
    """

    what: str
    look: Callable[[], str | None]
    remedy: str
    good: str
    advice: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Of an advice that was not followed, `good` is true and `advice` too."""

    what: str
    good: bool
    says: str
    remedy: str = ""
    advice: bool = False


def examined(check: Check) -> Finding:
    """Look, and say it."""
    wrong = check.look()
    if wrong is None:
        return Finding(check.what, True, check.good)
    return Finding(check.what, check.advice, wrong, check.remedy, check.advice)


def some(names: list[str], at_most: int = 5) -> str:
    """A list for a sentence; a long one is cut."""
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more
