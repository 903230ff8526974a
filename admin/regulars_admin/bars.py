"""The geometry of a bar chart that the server draws as SVG. Pure."""

from dataclasses import dataclass

_LONGEST = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `length` is in hundredths of the longest one; a value above 0 is never invisible."""

    label: str
    value: int
    length: float
    share: float


def bars(values: dict[str, int]) -> list[Bar]:
    """The bars of labelled counts, in the given order; `share` is of their sum, from 0 to 1."""
    longest, total = max(values.values(), default=0), sum(values.values())
    return [
        Bar(label, value, _length(value, longest), value / total if total else 0.0) for label, value in values.items()
    ]


def _length(value: int, longest: int) -> float:
    return round(max(value / longest * _LONGEST, 1.0), 2) if value else 0.0
