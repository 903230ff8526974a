"""Points come in and are taken back."""

import pytest

from regulars.errors import LedgerBroken
from regulars.ledger.book import Account, Kind
from regulars.ledger.due import settle
from regulars.ledger.posting import claw_back
from regulars.ledger.redeeming import reserve
from tests.ledger.books import book, day, earned, left, moves, numbers, order


def test_points_on_hold_are_pending() -> None:
    ada = book()
    earned(ada, 110, "1", release=14)
    assert numbers(ada) == (0, 110, 0, 0)


def test_points_without_a_hold_are_available_at_once() -> None:
    ada = book()
    earned(ada, 110, "1")
    assert numbers(ada) == (110, 0, 0, 0)


def test_a_debt_is_paid_before_a_lot_opens() -> None:
    ada = book()
    claw_back(ada, 30, order("1"), "1", day(0))
    earned(ada, 50, "2")
    assert numbers(ada) == (20, 0, 0, 0)
    assert moves(ada)[1:] == [
        (Kind.DEBT_PAYMENT, Account.ISSUANCE, Account.DEBT, 30),
        (Kind.EARN, Account.ISSUANCE, Account.AVAILABLE, 20),
    ]


def test_points_on_hold_pay_a_debt_only_when_the_hold_ends() -> None:
    ada = book()
    claw_back(ada, 30, order("1"), "1", day(0))
    earned(ada, 50, "2", release=2)
    assert numbers(ada) == (0, 50, 0, 30)
    settle(ada, day(2))
    assert numbers(ada) == (20, 0, 0, 0)


def test_a_clawback_takes_the_held_part_of_its_order_first() -> None:
    ada = book()
    earned(ada, 40, "1")
    earned(ada, 60, "1", release=5)
    claw_back(ada, 50, order("1"), "1", day(1))
    assert numbers(ada) == (40, 10, 0, 0)


def test_then_the_rest_of_its_own_lot_though_others_end_sooner() -> None:
    ada = book()
    earned(ada, 100, "1", ends=90)
    earned(ada, 100, "2", ends=30)
    claw_back(ada, 60, order("1"), "1", day(1))
    assert left(ada) == {"1": 40, "2": 100}


def test_what_has_expired_is_not_taken_twice() -> None:
    ada = book()
    earned(ada, 100, "1", ends=30)
    earned(ada, 70, "2", ends=90)
    settle(ada, day(31))
    claw_back(ada, 100, order("1"), "1", day(32))
    assert numbers(ada) == (70, 0, 0, 0)
    claw_back(ada, 10, order("1"), "again", day(32))
    assert left(ada) == {"2": 60}


def test_then_other_lots_the_soonest_ending_first() -> None:
    ada = book()
    earned(ada, 100, "1", ends=10)
    reserve(ada, 100, order("redemption"), day(1))
    earned(ada, 50, "never")
    earned(ada, 50, "late", ends=90)
    earned(ada, 50, "soon", ends=30)
    claw_back(ada, 70, order("1"), "1", day(2))
    assert left(ada) == {"late": 30, "never": 50}


def test_points_of_other_orders_on_hold_are_left_alone() -> None:
    ada = book()
    earned(ada, 50, "2", release=9)
    claw_back(ada, 20, order("1"), "1", day(2))
    assert numbers(ada) == (0, 50, 0, 20)


def test_the_rest_becomes_a_debt() -> None:
    ada = book()
    earned(ada, 600, "1")
    reserve(ada, 500, order("redemption"), day(0))
    assert claw_back(ada, 600, order("1"), "1", day(1)) == 0
    assert numbers(ada) == (0, 0, 500, 500)


def test_or_is_written_off() -> None:
    ada = book()
    earned(ada, 600, "1")
    reserve(ada, 500, order("redemption"), day(0))
    assert claw_back(ada, 600, order("1"), "1", day(1), write_off=True) == 500
    assert numbers(ada) == (0, 0, 500, 0)
    assert ada.earned == 0


@pytest.mark.parametrize("amount", [0, -1])
def test_a_transfer_is_above_zero(amount: int) -> None:
    with pytest.raises(LedgerBroken, match="is no transfer"):
        book().move(Account.ISSUANCE, Account.AVAILABLE, amount, Kind.EARN, order("1"), "key", day(0))


def test_a_transfer_never_overdraws() -> None:
    with pytest.raises(LedgerBroken, match="would overdraw"):
        book().move(Account.AVAILABLE, Account.ISSUANCE, 1, Kind.CLAWBACK, order("1"), "key", day(0))


def test_a_lot_never_holds_more_than_it_was_opened_with() -> None:
    ada = book()
    earned(ada, 10, "1")
    with pytest.raises(LedgerBroken, match="would hold 11"):
        ada.draw(ada.lots[1], -1)
