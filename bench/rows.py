"""One line of the table, and whether it is what was asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A measure: the yardstick's figure, the tuned rung's, ours; `wanted` is the least ratio, `limit` the most of ours.

    `smaller_is_better` turns the ratio round. `note` says where the time goes; it is made of what the run measured.
    """

    what: str
    unit: str
    ours: float
    yardstick: float | None = None
    tuned: float | None = None
    wanted: float | None = None
    limit: float | None = None
    smaller_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better ours is."""
        return self._against(self.yardstick)

    @property
    def ratio_to_tuned(self) -> float | None:
        """The same against the tuned rung."""
        return self._against(self.tuned)

    def _against(self, other: float | None) -> float | None:
        if not other or not self.ours:
            return None
        return other / self.ours if self.smaller_is_better else self.ours / other

    @property
    def good(self) -> bool:
        """Whether it is what was asked for; what nobody asked for is."""
        enough = self.wanted is None or (self.ratio is not None and self.ratio >= self.wanted)
        return enough and (self.limit is None or self.ours <= self.limit)

    def cells(self) -> list[str]:
        """As the table shows it."""
        wanted = f"≥ {self.wanted:g}×" if self.wanted else ""
        if self.limit is not None:
            wanted = f"≤ {self.limit:,g} {self.unit}".strip()
        verdict = "" if not wanted else ("yes" if self.good else "**no**")
        return [
            self.what, _figure(self.yardstick, self.unit), _figure(self.tuned, self.unit), _figure(self.ours, self.unit),
            _times(self.ratio), _times(self.ratio_to_tuned), wanted, verdict,
        ]  # fmt: skip


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"
    return f"{number}{unit}" if unit.startswith("/") else f"{number} {unit}".strip()


def _times(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}×" if value >= 100 else f"{value:,.1f}×" if value >= 10 else f"{value:,.2f}×"
