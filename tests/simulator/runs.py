"""The life of one seed: its steps, then healing, then the verdict. A failure says the seed, the step and what led to it."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from regulars.errors import RegularsError
from regulars.work import WorkRow, clockwork, is_open
from regulars_webhooks.inbox import InboxRow
from tests.simulator.faults import Weather
from tests.simulator.model import Verdict, nothing_odd_so_far
from tests.simulator.steps import STEPS, Play
from tests.simulator.world import WORKERS, House, Simulation

MANY = 300
#: So long after the faults have ended everything must be done, in simulated seconds: the longest back-off and some sweeps.
_PATIENCE_SECONDS = 2 * 3600
_LOOK_EVERY = 60
_SHOWN = 40


class SimulationFailed(AssertionError):
    """A seed found something."""


def live(house: House, seed: int, steps: int = MANY) -> Simulation:
    """One seed from its first step to the verdict. Raises SimulationFailed."""
    sim = house.begins(seed)
    try:
        play = Play(sim)
        for sim.step in range(1, steps + 1):
            _step(play)
            if sim.step % _LOOK_EVERY == 0:
                _demand(nothing_odd_so_far(sim))
        _heal(play)
        _demand(nothing_odd_so_far(sim))
        _demand(Verdict(sim, play.life, play.sender, play.counter).wrong())
    except (AssertionError, RegularsError, DBAPIError, LookupError) as error:
        raise SimulationFailed(_told(sim, error)) from error
    finally:
        house.simulation = None
    return sim


def _step(play: Play) -> None:
    sim = play.sim
    (name,) = sim.rng.choices(list(STEPS), weights=list(STEPS.values()))
    sim.outside.touched = []
    sim.faults.arm()
    getattr(play, name)()
    if sim.faults.fired:
        sim.outside.doubtful |= set(sim.outside.touched)


def _demand(wrong: Iterator[str]) -> None:
    found = list(wrong)
    assert not found, "; ".join(found[:5])


def _told(sim: Simulation, error: Exception) -> str:
    last = "\n".join(sim.trace[-_SHOWN:])
    return (
        f"seed {sim.seed} at step {sim.step}: {type(error).__name__}: {error}\n"
        f"run: pytest tests/simulator --seed={sim.seed}\n{sim.weather}\n{last}"
    )


def _heal(play: Play) -> None:
    """All faults end; senders and people finish what they began; then everything must come to rest."""
    sim = play.sim
    sim.note("all faults end")
    sim.faults.weather, sim.faults.armed = Weather(), None
    sim.bell.down, sim.clock.skews = False, {}
    for call in play.counter.journal.values():
        if call.heard["unknown"] and not call.heard["ok"] and sim.rng.random() < 0.5:
            play.counter.tries(call)
    began = sim.clock.monotonic()
    while not _rests(play):
        open_rows = sim.reads(lambda session: _open_rows(session, sim.shop.id))
        what = f"{len(play.sender.waiting)} messages wait and {open_rows} rows are open"
        assert sim.clock.monotonic() - began < _PATIENCE_SECONDS, f"it never comes to rest: {what}"
        _round(play, sim.clock.monotonic() - began)


def _round(play: Play, since: float) -> None:
    """Some seconds of a healthy house."""
    sim = play.sim
    while play.sender.delivers():
        pass
    while sim.bell.pops():
        sim.drains(WORKERS[0])
    sim.clock.passes(10 if since < 60 else 60)
    with sim.process(WORKERS[1]):
        clockwork.sweep(drains_itself=True)
    if not sim.reads(lambda session: _open_rows(session, sim.shop.id)):
        play.dead_letters_are_replayed(even_unreadable=False)


def _rests(play: Play) -> bool:
    sim = play.sim
    return not play.sender.waiting and not sim.bell.jobs and not sim.reads(lambda s: _open_rows(s, sim.shop.id))


def _open_rows(session: Session, shop_id: int) -> int:
    """Rows of both tables that are not closed, and dead letters that are to be replayed become such."""
    counts = [select(func.count()).where(table.shop_id == shop_id, is_open(table)) for table in (InboxRow, WorkRow)]
    return sum(session.scalar(one) or 0 for one in counts)


def shortest(house: House, seed: int, steps: int) -> int:
    """The shortest beginning of a failing seed that fails when healed right after it, found by halving."""
    good, bad = 0, steps
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            live(house, seed, middle)
        except SimulationFailed:
            bad = middle
        else:
            good = middle
    return bad
