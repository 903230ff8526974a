"""Answers that were rendered a moment ago, each under the mark of all that it was made of. Pure.

Nothing is believed for a time: who asks has read the mark anew, and another mark is another answer.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Rendering:
    """The body of an answer, and the ETag by which who has it is known."""

    body: bytes
    etag: str


def rendering(body: bytes) -> Rendering:
    """A body with the ETag that only it has."""
    return Rendering(body, f'"{sha256(body).hexdigest()[:32]}"')


class Renderings:
    """The newest renderings of one process, one for each place; what was rendered longest ago goes first.

    So many at most, none larger than `largest_bytes`. Threads share it: every step on it is one that Python does not divide.
    """

    def __init__(self, at_most: int, largest_bytes: int) -> None:
        self._at_most = at_most
        self._largest_bytes = largest_bytes
        self._kept: OrderedDict[Hashable, tuple[Hashable, Rendering]] = OrderedDict()

    def of(self, place: Hashable, mark: Hashable) -> Rendering | None:
        """What was rendered for this place from exactly this; None when it was something else, or is forgotten."""
        kept_mark, shown = self._kept.get(place, (None, None))
        return shown if kept_mark == mark else None

    def keep(self, place: Hashable, mark: Hashable, shown: Rendering) -> None:
        """Keep it, in place of what this place had before; a very large one is made anew each time."""
        self._kept.pop(place, None)
        if len(shown.body) > self._largest_bytes:
            return
        self._kept[place] = (mark, shown)
        if len(self._kept) > self._at_most:
            self._kept.popitem(last=False)
