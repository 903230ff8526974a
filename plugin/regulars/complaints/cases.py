"""Which state a complaint is in and which step leads where. Pure.

`resolved` means that the staff believe it is solved; `closed` needs the outcome of the follow-up three days later.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from regulars.errors import Conflict

#: How long after it was resolved somebody asks whether it really is.
FOLLOW_UP_AFTER = timedelta(days=3)


class State(StrEnum):
    """Where a complaint stands."""

    NEW = "new"  # nobody has looked yet
    OPEN = "open"
    WAITING = "waiting_customer"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Step(StrEnum):
    """What can be done with a complaint."""

    ANSWER = "answer"
    NOTE = "note"
    HEARD = "heard"  # the customer wrote or said something more
    GRANT = "grant"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


class Outcome(StrEnum):
    """What the follow-up brought to light."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    NO_ANSWER = "no_answer"


#: In these states somebody still has to do something about it.
OPEN_STATES = (State.NEW, State.OPEN, State.WAITING)

_MOVES: dict[State, dict[Step, State]] = {
    State.NEW: {
        Step.ANSWER: State.WAITING, Step.NOTE: State.OPEN, Step.HEARD: State.NEW, Step.GRANT: State.OPEN,
        Step.RESOLVE: State.RESOLVED,
    },
    State.OPEN: {
        Step.ANSWER: State.WAITING, Step.NOTE: State.OPEN, Step.HEARD: State.OPEN, Step.GRANT: State.OPEN,
        Step.RESOLVE: State.RESOLVED,
    },
    State.WAITING: {
        Step.ANSWER: State.WAITING, Step.NOTE: State.WAITING, Step.HEARD: State.OPEN, Step.GRANT: State.WAITING,
        Step.RESOLVE: State.RESOLVED,
    },
    State.RESOLVED: {
        Step.NOTE: State.RESOLVED, Step.HEARD: State.OPEN, Step.GRANT: State.RESOLVED, Step.CLOSE: State.CLOSED,
        Step.REOPEN: State.OPEN,
    },
    State.CLOSED: {Step.NOTE: State.CLOSED},
}  # fmt: skip


def after(state: str, step: Step) -> State:
    """The state that a step leads to. Raises Conflict, with the steps that are allowed, when it leads nowhere."""
    moves = _MOVES[State(state)]
    if step not in moves:
        names = [one.value for one in moves]
        raise Conflict(
            f"A complaint that is {state} cannot take {step}; it can take {', '.join(names)}.", allowed=names
        )
    return moves[step]


def allowed(state: str) -> list[Step]:
    """The steps that a complaint in this state can take."""
    return list(_MOVES[State(state)])


def step_for(outcome: Outcome) -> Step:
    """What an outcome of the follow-up does: who is not satisfied gets their case back on the table."""
    return Step.REOPEN if outcome is Outcome.UNSATISFIED else Step.CLOSE


def follow_up_at(resolved_at: datetime) -> datetime:
    """When the follow-up of a complaint resolved at this moment is due."""
    return resolved_at + FOLLOW_UP_AFTER
