"""When to try again, and when to stop."""

from datetime import timedelta

from regulars.work.backoff import next_try


def test_the_wait_doubles() -> None:
    waits = [next_try(attempts, 8, 5.0, 0.0) for attempts in range(1, 8)]
    assert waits == [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 80, 160, 320)]


def test_chance_shortens_it_by_up_to_half() -> None:
    assert next_try(1, 8, 5.0, 1.0) == timedelta(seconds=2.5)
    assert next_try(3, 8, 5.0, 0.5) == timedelta(seconds=15)


def test_after_the_last_try_there_is_none() -> None:
    assert next_try(8, 8, 5.0, 0.0) is None
    assert next_try(1, 1, 5.0, 0.0) is None


def test_the_patient_wait_a_day_at_most() -> None:
    waits = [next_try(attempts, 99, 5.0, 0.0) for attempts in (14, 15, 16, 98)]
    assert waits == [timedelta(seconds=40_960), timedelta(seconds=81_920), timedelta(days=1), timedelta(days=1)]
