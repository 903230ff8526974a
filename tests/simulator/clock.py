"""One true time, and what each process and the database believe it to be."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from tests.world import START


@dataclass
class SimClock:
    """Stands in for `datetime` and `time` where the app asks them, and for the clock of the tests' shops."""

    moment: datetime = START  # the true time: also the shop's
    process: str = ""  # who asks
    skews: dict[str, float] = field(default_factory=dict)  # seconds that somebody is ahead; `database` is one of them

    def now(self, _zone: tzinfo | None = None) -> datetime:
        """What the process that runs now believes."""
        return self.of(self.process)

    def of(self, who: str) -> datetime:
        """What somebody believes."""
        return self.moment + timedelta(seconds=self.skews.get(who, 0.0))

    def passes(self, seconds: float) -> None:
        """True time passes."""
        self.moment += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """Seconds of true time."""
        return (self.moment - START).total_seconds()

    def sleep(self, seconds: float) -> None:
        """A process waits."""
        self.passes(seconds)
