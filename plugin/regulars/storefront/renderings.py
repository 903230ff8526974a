"""Answers that were rendered a moment ago, each under the mark of all that it was made of. Pure.

Nothing is believed for a time: who asks has read the mark anew, and another mark is another answer.
"""

from collections import OrderedDict
from collections.abc import Hashable


class Renderings:
    """The newest renderings of one process, one for each place; what was rendered longest ago goes first.

    Threads share it: every step on it is one that Python does not divide.
    """

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._kept: OrderedDict[Hashable, tuple[Hashable, bytes]] = OrderedDict()

    def of(self, place: Hashable, mark: Hashable) -> bytes | None:
        """What was rendered for this place from exactly this; None when it was something else, or is forgotten."""
        kept_mark, body = self._kept.get(place, (None, None))
        return body if kept_mark == mark else None

    def keep(self, place: Hashable, mark: Hashable, body: bytes) -> None:
        """Keep it, in place of what this place had before."""
        self._kept.pop(place, None)
        self._kept[place] = (mark, body)
        if len(self._kept) > self._at_most:
            self._kept.popitem(last=False)
