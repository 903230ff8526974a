"""Group commit: callers that come together are done together, and a bad one fails alone."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError

from regulars.group_commit import GroupCommit


class Till:
    """Doubles numbers; refuses a batch that holds a negative one; can be held so that a crowd gathers."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = Event()
        self.busy = Event()
        self.away_at: list[int] | None = None  # the batch at which the database goes away

    def double(self, numbers: Sequence[int]) -> list[int]:
        self.busy.set()
        self.open.wait(10)
        self.batches.append(list(numbers))
        if numbers == self.away_at:
            raise OperationalError("", {}, Exception("away"))
        if min(numbers) < 0:
            raise ValueError("negative")
        return [2 * number for number in numbers]


def _crowd(till: Till, numbers: list[int]) -> list[int | str]:
    """The first comes alone and is held at the till; the others gather meanwhile."""
    together = GroupCommit(till.double, at_most=4)

    def ask(number: int) -> int | str:
        try:
            return together.do(number)
        except (ValueError, OperationalError) as error:
            return type(error).__name__

    with ThreadPoolExecutor(len(numbers)) as pool:
        first = pool.submit(ask, numbers[0])
        till.busy.wait(10)
        others = [pool.submit(ask, number) for number in numbers[1:]]
        while len(together._waiting) < len(others):
            pass
        till.open.set()
        return [first.result(10), *(other.result(10) for other in others)]


def test_who_comes_alone_is_done_alone() -> None:
    till = Till()
    till.open.set()
    assert GroupCommit(till.double).do(21) == 42
    assert till.batches == [[21]]


def test_who_waits_meanwhile_is_done_together_and_gets_their_own_result() -> None:
    till = Till()
    assert _crowd(till, list(range(9))) == [2 * number for number in range(9)]
    assert [len(batch) for batch in till.batches] == [1, 4, 4]


def test_a_bad_one_fails_alone() -> None:
    assert _crowd(Till(), [0, 1, -2, 3]) == [0, 2, "ValueError", 6]


def test_the_one_behind_a_bad_one_leads_on() -> None:
    assert _crowd(Till(), [0, *[-1] * 5, 7]) == [0, *["ValueError"] * 5, 14]


def test_where_the_database_is_away_nobody_tries_again_alone() -> None:
    calls = []

    def away(numbers: Sequence[int]) -> list[int]:
        calls.append(numbers)
        raise OperationalError("", {}, Exception("away"))

    with pytest.raises(OperationalError):
        GroupCommit(away).do(1)
    assert len(calls) == 1


def test_where_the_database_is_away_those_behind_do_not_wait_for_it_again() -> None:
    till = Till()
    away = OperationalError("", {}, Exception("away"))

    def double(numbers: Sequence[int]) -> list[int]:
        till.double(numbers)
        raise away

    together = GroupCommit(double, at_most=2)
    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(together.do, 1)]
        till.busy.wait(10)
        asked += [pool.submit(together.do, number) for number in range(4)]
        while len(together._waiting) < 4:
            pass
        till.open.set()
        assert [one.exception(10) for one in asked] == [away] * 5
    assert till.batches == [[1]]


def test_alone_again_they_stop_where_the_database_goes_away() -> None:
    till = Till()
    till.away_at = [2]
    assert _crowd(till, [0, 1, 2, 3, -4])[2] == "OperationalError"
    assert till.batches[-1] == [2]
