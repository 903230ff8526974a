"""From new to closed: which step leads where, and when somebody asks again."""

from datetime import UTC, datetime

import pytest

from regulars.complaints.cases import Outcome, State, Step, after, allowed, follow_up_at, step_for
from regulars.errors import Conflict


@pytest.mark.parametrize("state", [State.NEW, State.OPEN])
def test_an_answered_case_waits_for_the_customer(state: State) -> None:
    assert after(state, Step.ANSWER) is State.WAITING


def test_a_customer_who_writes_again_opens_a_resolved_case() -> None:
    assert after(State.RESOLVED, Step.HEARD) is State.OPEN


def test_a_case_closes_only_after_it_was_resolved() -> None:
    closing = [state for state in State if Step.CLOSE in allowed(state)]
    assert closing == [State.RESOLVED]


def test_an_illegal_step_says_which_are_allowed() -> None:
    with pytest.raises(Conflict, match="note, heard, grant, close, reopen") as refused:
        after(State.RESOLVED, Step.ANSWER)
    assert refused.value.extra["allowed"] == ["note", "heard", "grant", "close", "reopen"]


def test_nothing_is_given_for_a_closed_case() -> None:
    with pytest.raises(Conflict):
        after(State.CLOSED, Step.GRANT)


def test_who_is_not_satisfied_gets_the_case_reopened() -> None:
    assert after(State.RESOLVED, step_for(Outcome.UNSATISFIED)) is State.OPEN
    assert after(State.RESOLVED, step_for(Outcome.NO_ANSWER)) is State.CLOSED


def test_every_state_can_take_a_note() -> None:
    assert all(Step.NOTE in allowed(state) for state in State)


def test_the_follow_up_is_due_three_days_after_it_was_resolved() -> None:
    assert follow_up_at(datetime(2026, 11, 23, 10, tzinfo=UTC)) == datetime(2026, 11, 26, 10, tzinfo=UTC)
