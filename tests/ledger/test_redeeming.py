"""Reserve, commit, void; and taking points by hand."""

import pytest

from regulars.errors import LedgerBroken, NotEnoughPoints
from regulars.ledger.book import Account, Cause, Kind
from regulars.ledger.due import settle
from regulars.ledger.posting import claw_back
from regulars.ledger.redeeming import commit_reserved, reserve, take, void_reserved
from tests.ledger.books import book, day, earned, left, moves, numbers, order

FIVE_OFF = Cause("redemption", "five-off-1")


def test_the_soonest_ending_lot_is_spent_first() -> None:
    ada = book()
    earned(ada, 100, "january", ends=365)
    earned(ada, 50, "february", ends=396)
    earned(ada, 200, "march", ends=424)
    reserve(ada, 120, FIVE_OFF, day(63))
    assert numbers(ada) == (230, 0, 120, 0)
    assert left(ada) == {"february": 30, "march": 200}


def test_what_was_not_spent_ends_on_its_own_days() -> None:
    ada = book()
    for points, month, ends in ((100, "january", 365), (50, "february", 396), (200, "march", 424)):
        earned(ada, points, month, ends=ends)
    reserve(ada, 120, FIVE_OFF, day(63))
    commit_reserved(ada, 120, FIVE_OFF, day(63))
    settle(ada, day(500))
    ended = [(entry.effective_at, entry.amount) for entry in ada.entries if entry.kind is Kind.EXPIRY]
    assert ended == [(day(396), 30), (day(424), 200)]


def test_too_few_points_move_nothing() -> None:
    ada = book()
    earned(ada, 499, "1")
    with pytest.raises(NotEnoughPoints, match="500 points are needed and 499 are available"):
        reserve(ada, 500, FIVE_OFF, day(1))
    assert len(ada.entries) == 1


def test_points_on_hold_cannot_be_spent() -> None:
    ada = book()
    earned(ada, 500, "1", release=3)
    with pytest.raises(NotEnoughPoints):
        reserve(ada, 500, FIVE_OFF, day(1))


def test_nobody_spends_while_they_owe() -> None:
    ada = book()
    claw_back(ada, 10, order("1"), "1", day(0))
    earned(ada, 5, "2", release=3)
    with pytest.raises(NotEnoughPoints):
        reserve(ada, 1, FIVE_OFF, day(1))


def test_a_commit_spends_what_was_reserved() -> None:
    ada = book()
    earned(ada, 500, "1")
    reserve(ada, 500, FIVE_OFF, day(1))
    commit_reserved(ada, 500, FIVE_OFF, day(1))
    assert numbers(ada) == (0, 0, 0, 0)
    assert moves(ada)[-1] == (Kind.REDEEM, Account.RESERVED, Account.REDEEMED, 500)


def test_a_second_commit_finds_nothing_reserved() -> None:
    ada = book()
    earned(ada, 500, "1")
    reserve(ada, 500, FIVE_OFF, day(1))
    commit_reserved(ada, 500, FIVE_OFF, day(1))
    with pytest.raises(LedgerBroken):
        commit_reserved(ada, 500, FIVE_OFF, day(1))


def test_a_void_returns_points_to_their_own_lots() -> None:
    ada = book()
    earned(ada, 100, "1", ends=30)
    earned(ada, 100, "2", ends=60)
    reserve(ada, 150, FIVE_OFF, day(1))
    void_reserved(ada, [(1, 100), (2, 50)], FIVE_OFF, day(2))
    assert numbers(ada) == (200, 0, 0, 0)
    assert left(ada) == {"1": 100, "2": 100}


def test_returned_points_pay_a_debt_first() -> None:
    ada = book()
    earned(ada, 100, "1")
    reserve(ada, 100, FIVE_OFF, day(1))
    claw_back(ada, 70, order("1"), "1", day(2))
    void_reserved(ada, [(1, 100)], FIVE_OFF, day(3))
    assert numbers(ada) == (30, 0, 0, 0)


def test_returned_points_whose_time_is_over_end() -> None:
    ada = book()
    earned(ada, 100, "1", ends=30)
    reserve(ada, 100, FIVE_OFF, day(29))
    void_reserved(ada, [(1, 100)], FIVE_OFF, day(31))
    settle(ada, day(31))
    assert numbers(ada) == (0, 0, 0, 0)


def test_taking_by_hand_takes_available_points_only() -> None:
    ada = book()
    earned(ada, 100, "1")
    earned(ada, 100, "2", release=9)
    with pytest.raises(NotEnoughPoints, match="Only 100 points are available"):
        take(ada, 101, Cause("agent", "1"), "adjust:1", day(1))
    take(ada, 100, Cause("agent", "1"), "adjust:1", day(1))
    assert numbers(ada) == (0, 100, 0, 0)
