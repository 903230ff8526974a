"""When to try again, and when to stop trying. Pure."""

from datetime import timedelta


def next_try(attempts: int, tries: int, base_seconds: float, chance: float) -> timedelta | None:
    """The wait after `attempts` failed tries, or None after the last: base × 2ⁿ, shortened by up to half by `chance`.

    `chance` is a random number from 0 to 1, given by the caller, so that many rows do not come back at once.
    """
    if attempts >= tries:
        return None
    return timedelta(seconds=base_seconds * 2 ** (attempts - 1) * (1 - chance / 2))
