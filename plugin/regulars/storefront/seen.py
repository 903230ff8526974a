"""Parts of what is stored of a shopper, as the widget is to show them. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SeenShop:
    """What an answer needs of its shop."""

    id: int
    key: str
    state: str
    domain: str
    timezone: str
    locale: str


@dataclass(frozen=True, slots=True)
class SeenOrder:
    """An order as the widget lists it; lines are (title, quantity) in their order."""

    id: str
    name: str
    placed_at: datetime | None
    total_minor: int
    currency: str
    lines: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class SeenComplaint:
    """A report as its shopper sees it in the list."""

    id: str
    state: str
    opened_at: datetime
    problem: str
    order_id: str | None
