"""How large the next piece of an import is, and how long to wait before it: behind live traffic. Pure."""

from dataclasses import dataclass

_SMALLEST, _LARGEST = 50, 2_000
#: So long may a piece hold its locks: on SQLite everybody else who writes waits for it, elsewhere who moves its customers.
_AIM_SECONDS, _AIM_SECONDS_APART = 0.2, 0.5
_STEADY = 2.0  # at most so many times larger or smaller than the piece before
#: On SQLite a waiting writer asks again every 25 to 100 ms: alone, a short breath; with others, one that nobody misses.
_BREATH_SECONDS = 0.025
_ROOM_SECONDS = 0.11
_PIECES_AFTER_OTHERS = 20


@dataclass(slots=True)
class Pace:
    """The size of the next piece, learned from those before; `shared_lock` where one writer keeps out all others."""

    shared_lock: bool
    size: int = 200
    _room_for: int = 0

    def took(self, records: int, seconds: float, *, others: bool) -> None:
        """A piece of so many records took so long; `others` wrote to the database meanwhile."""
        aim = _AIM_SECONDS if self.shared_lock else _AIM_SECONDS_APART
        factor = min(_STEADY, max(1 / _STEADY, aim / max(seconds, 0.001)))
        if records >= self.size or factor < 1:
            self.size = min(_LARGEST, max(_SMALLEST, int(records * factor)))
        self._room_for = _PIECES_AFTER_OTHERS if others else max(0, self._room_for - 1)

    @property
    def pause_seconds(self) -> float:
        """How long to leave the database to others before the next piece."""
        if not self.shared_lock:
            return 0.0
        return _ROOM_SECONDS if self._room_for else _BREATH_SECONDS


def is_milestone(before: int, after: int) -> bool:
    """Whether the records applied have just become four times as many as when this was last so, first at a thousand."""
    return any(before < 1_000 * 4**times <= after for times in range(12))
