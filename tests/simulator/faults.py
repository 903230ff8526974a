"""What goes wrong, and when: the weather of a seed, accidents at named points, a queue and an outside that misbehave."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from random import Random
from typing import TypeVar

from regulars.errors import TransportError, UnknownOutcome
from regulars.messaging.gateway import Letter
from regulars.outbound.gateway import Parcel
from tests.simulator.clock import SimClock

R = TypeVar("R")

#: Where a process may die. `statement`: before some statement, in the middle of a batch.
CRASH_POINTS = (
    "statement", "before commit", "after commit", "before ring", "after ring", "after claim", "before call", "after call",
)  # fmt: skip
#: Where a worker may stand still until its lease has run out and another one took over.
STALL_POINTS = ("after claim", "before call", "after call")

_FLAG_SECONDS = 30
#: Nobody may be called earlier than told; the clocks of two processes may be this far apart.
APART_SECONDS = 70


class Crash(BaseException):
    """The process ends here: nothing of ours may catch it."""


@dataclass
class Weather:
    """How likely each fault is. Every seed has its own: some are calm in one thing and wild in another."""

    crash: float = 0.0
    stall: float = 0.0
    ring_lost: float = 0.0
    ring_twice: float = 0.0
    ring_late: float = 0.0
    job_lost: float = 0.0
    dropped: float = 0.0
    sent_twice: float = 0.0
    answer_lost: float = 0.0
    slow: float = 0.0
    refuses: float = 0.0
    refuses_for_good: float = 0.0
    busy: float = 0.0
    unreachable: float = 0.0
    no_answer: float = 0.0

    @classmethod
    def of(cls, rng: Random) -> "Weather":
        """A weather drawn from the seed."""
        return cls(**{one.name: rng.choice((0.0, 0.02, 0.06, 0.2)) for one in fields(cls)})


@dataclass
class Accident:
    """What shall happen when a point is reached for the nth time."""

    kind: str  # crash | stall
    point: str
    nth: int


@dataclass
class Faults:
    """Counts the points that are reached and lets the armed accident happen. `stall` is what happens meanwhile."""

    rng: Random
    weather: Weather
    stall: Callable[[], None]
    armed: Accident | None = None
    dying: bool = False
    fired: list[str] = field(default_factory=list)
    ever: Counter[str] = field(default_factory=Counter)

    def chance(self, likely: float) -> bool:
        """Whether something of this likelihood happens now."""
        return likely > 0 and self.rng.random() < likely

    def arm(self) -> None:
        """Perhaps something is to happen from now on; it waits until somebody comes by its point."""
        self.fired = []
        if self.armed is not None:
            return
        if self.chance(self.weather.crash):
            point = self.rng.choice(CRASH_POINTS)
            self.armed = Accident("crash", point, self.rng.randint(1, 60 if point == "statement" else 3))
        elif self.chance(self.weather.stall):
            self.armed = Accident("stall", self.rng.choice(STALL_POINTS), self.rng.randint(1, 2))

    def reach(self, point: str) -> None:
        """A process comes by here. Raises Crash where it shall end."""
        if self.armed is None or self.armed.point != point or self.dying:
            return
        self.armed.nth -= 1
        if self.armed.nth:
            return
        accident, self.armed = self.armed, None
        self.fired.append(f"{accident.kind} {point}")
        self.ever[f"{accident.kind} {point}"] += 1
        if accident.kind == "stall":
            self.stall()
            return
        self.dying = True
        raise Crash(point)


@dataclass
class Bell:
    """A queue server as bad as they come: loses rings, doubles them, is late, forgets everything, goes away."""

    clock: SimClock
    faults: Faults
    jobs: list[float] = field(default_factory=list)  # when each is there, in seconds of the true time
    flag_until: float = 0.0
    down: bool = False
    missed: int = 0
    queue_name: str = "simulated"

    @property
    def connected(self) -> bool:
        """Whether it answers."""
        return not self.down

    def ring(self) -> bool:
        """As the real one: at most one job until somebody answers, or until the flag ends by itself."""
        self.faults.reach("before ring")
        if self.down or self.faults.dying:
            self.missed += 1
            return False
        now, weather = self.clock.monotonic(), self.faults.weather
        if now >= self.flag_until:
            self.flag_until = now + _FLAG_SECONDS
            lost = self.faults.chance(weather.ring_lost)
            late = self.faults.rng.randint(5, 90) if self.faults.chance(weather.ring_late) else 0
            twice = self.faults.chance(weather.ring_twice)
            self.jobs += [now + late] * (0 if lost else 2 if twice else 1)
        self.faults.reach("after ring")
        return True

    def answer(self) -> None:
        """Take the flag down."""
        if not self.down:
            self.flag_until = 0.0

    def forget(self) -> None:
        """FLUSHALL."""
        self.jobs, self.flag_until = [], 0.0

    def pops(self) -> bool:
        """Whether a worker gets a job now; one may be lost between the queue and the worker."""
        due = [job for job in self.jobs if job <= self.clock.monotonic()]
        if self.down or not due:
            return False
        self.jobs.remove(due[0])
        return not self.faults.chance(self.faults.weather.job_lost)


@dataclass
class Outside:
    """A mail server, an endpoint of the host and the shop's API for codes; they keep what they were given."""

    clock: SimClock
    faults: Faults
    beat: Callable[[], None]  # what a living worker does while it waits: renew its lease
    letters: Counter[str] = field(default_factory=Counter)
    hooks: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    nevers: set[str] = field(default_factory=set)  # codes that the shop has refused for good
    doubtful: set[str] = field(default_factory=set)  # called, and the caller may not know how it ended
    touched: list[str] = field(default_factory=list)  # called in this step
    not_before: dict[str, float] = field(default_factory=dict)

    def mail(self, letter: Letter) -> str:
        """The mail server does not recognise a letter it has seen."""
        return self._call(letter.id, lambda: self._takes(self.letters, letter.id))

    def hook(self, parcel: Parcel) -> int:
        """The endpoint recognises repeats by their id, as Standard Webhooks asks."""
        self._call(parcel.headers["webhook-id"], lambda: self._takes(self.hooks, parcel.headers["webhook-id"]))
        return 200

    def make_code(self, name: str) -> str:
        """The shop makes a discount code, unless its name is taken: then it is ours. Its "never" holds for ever."""
        return self._call(name, lambda: name if name in self.codes else self._takes(self.codes, name))

    def find_code(self, name: str) -> str | None:
        """Whether the shop has this code. Raises TransportError where it cannot be asked."""
        if self.faults.chance(self.faults.weather.refuses):
            raise TransportError("the shop is down", permanent=False)
        return name if name in self.codes else None

    def _takes(self, pile: Counter[str], key: str) -> str:
        pile[key] += 1
        return key

    def _call(self, key: str, take: Callable[[], R]) -> R:
        assert self.clock.monotonic() >= self.not_before.get(key, 0.0), f"{key} was sent earlier than told to wait"
        self.touched.append(key)
        self.faults.reach("before call")
        self._may_refuse(key)
        answer = take()
        if self.faults.chance(self.faults.weather.slow):
            for _ in range(self.faults.rng.randint(1, 6)):
                self.clock.passes(5)
                self.beat()
        self.faults.reach("after call")
        if self.faults.chance(self.faults.weather.no_answer):
            self.doubtful.add(key)
            raise UnknownOutcome("no answer came")
        return answer

    def _may_refuse(self, key: str) -> None:
        """Raises what a server says that does not take it; it surely has nothing then, or nobody knows."""
        weather, chance = self.faults.weather, self.faults.chance
        if chance(weather.unreachable):
            raise UnknownOutcome("the connection broke")
        if key in self.nevers or (key not in self.codes and chance(weather.refuses_for_good)):
            self.nevers |= {key} if key.startswith("redeem") else set()
            raise TransportError("never", permanent=True)
        error = TransportError("not now", permanent=False)
        if chance(weather.busy):
            error.retry_after_seconds = self.faults.rng.randint(150, 400)
            if not self.faults.fired:  # what a worker hears after another one took over is nobody's knowledge
                self.not_before[key] = self.clock.monotonic() + error.retry_after_seconds - APART_SECONDS
            raise error
        if chance(weather.refuses):
            raise error
