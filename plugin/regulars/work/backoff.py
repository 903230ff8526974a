"""When to try again, and when to stop trying. Pure."""

from datetime import timedelta

LONGEST_SECONDS = 24 * 3600.0


def next_try(attempts: int, tries: int, base_seconds: float, chance: float) -> timedelta | None:
    """The wait after `attempts` failed tries: base × 2ⁿ, a day at most, shortened by up to half by `chance`; None after the last.

    `chance` is a random number from 0 to 1, given by the caller, so that many rows do not come back at once.
    """
    if attempts >= tries:
        return None
    seconds = min(base_seconds * 2.0 ** min(attempts - 1, 64), LONGEST_SECONDS)
    return timedelta(seconds=seconds * (1 - chance / 2))
