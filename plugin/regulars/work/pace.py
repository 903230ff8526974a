"""How many rows a batch takes: as many as go quickly, for on SQLite a batch holds the one lock that webhooks wait for. Pure."""

FIRST_BATCH = 100
_QUICK_SECONDS = 0.05
_SLOW_SECONDS = 0.2


def next_batch(limit: int, seconds: float, most: int) -> int:
    """The size of the next batch after a full one of `limit` rows that took so long: twice as many, as many, or half."""
    if seconds < _QUICK_SECONDS:
        return min(2 * limit, most)
    return max(1, limit // 2) if seconds > _SLOW_SECONDS else limit
