"""Where a customer stands, why, and since when."""

from datetime import UTC, datetime, timedelta

from regulars.lifecycle.stages import Decision, Evidence, Stage, decide

FIRST = datetime(2026, 3, 2, 10, tzinfo=UTC)
LAST = FIRST + timedelta(days=50)


def at(days: float, orders: int = 1, *, praise: bool = False, problem: bool = False) -> Decision:
    evidence = Evidence(
        orders, FIRST if orders else None, (LAST if orders > 1 else FIRST) if orders else None, praise, problem
    )
    return decide(evidence, FIRST + timedelta(days=days))


def test_without_a_standing_order_one_is_only_reached() -> None:
    assert at(0, 0).stage is Stage.REACH


def test_praise_without_an_order_is_no_advocacy() -> None:
    assert at(0, 0, praise=True).stage is Stage.REACH


def test_a_first_order_acquires_for_thirty_days() -> None:
    assert at(0) == Decision(Stage.ACQUIRE, "first_order", FIRST)
    assert at(29.99).stage is Stage.ACQUIRE


def test_then_the_customer_is_to_be_developed() -> None:
    assert at(30) == Decision(Stage.DEVELOP, "first_order_grew_old", FIRST + timedelta(days=30))


def test_a_second_order_retains() -> None:
    assert at(51, 2) == Decision(Stage.RETAIN, "ordered_again", LAST)


def test_who_ordered_many_times_is_retained_since_the_second() -> None:
    second = FIRST + timedelta(days=3)
    told = decide(Evidence(5, FIRST, LAST, second_order_at=second), FIRST + timedelta(days=51))
    assert told == Decision(Stage.RETAIN, "ordered_again", second)


def test_who_is_retained_and_praises_is_an_advocate() -> None:
    assert at(60, 2, praise=True).stage is Stage.ADVOCATE
    assert at(60, 1, praise=True).stage is Stage.DEVELOP


def test_an_open_problem_blocks_advocacy_and_says_so() -> None:
    assert at(60, 2, praise=True, problem=True) == Decision(Stage.RETAIN, "open_problem", FIRST + timedelta(days=60))


def test_the_days_may_be_another_number() -> None:
    assert decide(Evidence(1, FIRST, FIRST), FIRST + timedelta(days=10), acquire_days=10).stage is Stage.DEVELOP
