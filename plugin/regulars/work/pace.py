"""How many rows a batch takes: as many as go quickly, for on SQLite a batch holds the one lock that webhooks wait for. Pure."""

FIRST_BATCH = 100
_FEWEST = 50  # a batch costs nearly the same for one row as for fifty: fewer would only make a slow machine slower
_QUICK_SECONDS = 0.1
_SLOW_SECONDS = 0.3


def next_batch(limit: int, seconds: float, most: int) -> int:
    """The size of the next batch after a full one of `limit` rows that took so long: twice as many, as many, or half."""
    if seconds < _QUICK_SECONDS:
        return min(2 * limit, most)
    return max(min(_FEWEST, limit), limit // 2) if seconds > _SLOW_SECONDS else limit
