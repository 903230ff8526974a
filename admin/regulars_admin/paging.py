"""Pages of long lists: which rows, and whether there are more. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE_ROWS = 50
_LAST_PAGE = 2000  # nobody leafs this far; beyond it a search is what they want


def page_number(text: str | None) -> int:
    """The page that an address asks for; anything odd is the first."""
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), _LAST_PAGE)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The rows of one page. `more` says whether another page follows: the rows are asked for with one to spare."""

    rows: Sequence[T]
    number: int
    more: bool

    @property
    def first(self) -> int:
        """The position of the first row in the whole list, from 1; 0 when there is none."""
        return (self.number - 1) * PAGE_ROWS + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The position of the last row in the whole list."""
        return (self.number - 1) * PAGE_ROWS + len(self.rows)


def page(rows: Sequence[T], number: int) -> Page[T]:
    """Cut rows that were asked for with `limit(PAGE_ROWS + 1)` into a page."""
    return Page(rows[:PAGE_ROWS], number, len(rows) > PAGE_ROWS)
