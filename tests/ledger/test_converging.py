"""What is posted becomes what is entitled."""

from itertools import permutations

from regulars.ledger.book import Account, Kind
from regulars.ledger.due import settle
from regulars.ledger.redeeming import reserve
from tests.ledger.books import becomes, book, day, left, moves, numbers, order, posted


def test_no_difference_writes_nothing() -> None:
    ada = book()
    stands = posted(points=110)
    assert becomes(ada, stands, 110) is stands
    assert not ada.entries


def test_only_the_difference_is_posted() -> None:
    ada = book()
    stands = becomes(ada, posted(), 110)
    stands = becomes(ada, stands, 140)
    assert [amount for *_, amount in moves(ada)] == [110, 30]
    assert (stands.points, stands.moves) == (140, 2)


def test_every_order_of_amounts_ends_the_same() -> None:
    for amounts in permutations([110, 55, 0, 80]):
        ada = book()
        stands = posted()
        for amount in (*amounts, 70):
            stands = becomes(ada, stands, amount)
        assert (ada.available, ada.debt, stands.points) == (70, 0, 70)


def test_three_thirds_are_taken_back_whole() -> None:
    """33.50 of 100.50 three times: 33, 34 and 33 points, where flooring each refund would leave one."""
    ada = book()
    stands = becomes(ada, posted(), 100)
    for entitled in (67, 33, 0):
        stands = becomes(ada, stands, entitled)
    assert [amount for *_, amount in moves(ada)] == [100, 33, 34, 33]


def test_a_reinstated_order_keeps_its_first_dates() -> None:
    ada = book()
    stands = becomes(ada, posted(release_at=day(14), expires_at=day(90)), 100)
    stands = becomes(ada, stands, 0, 5)
    becomes(ada, stands, 100, 10)
    assert [lot.release_at for lot in ada.lots.values()] == [day(14), day(14)]
    settle(ada, day(14))
    assert numbers(ada) == (100, 0, 0, 0)


def test_an_increase_first_reverses_its_own_write_off() -> None:
    ada = book()
    stands = becomes(ada, posted(), 600)
    reserve(ada, 500, order("redemption"), day(1))
    stands = becomes(ada, stands, 0, 2, write_off=True)
    assert stands.written_off == 500
    stands = becomes(ada, stands, 600, 3, write_off=True)
    assert moves(ada)[-2:] == [
        (Kind.WRITE_OFF_REVERSAL, Account.ISSUANCE, Account.FORFEITED, 500),
        (Kind.EARN, Account.ISSUANCE, Account.AVAILABLE, 100),
    ]
    assert (stands.written_off, ada.available, ada.earned) == (0, 100, 600)


def test_a_small_increase_reverses_a_part_of_the_write_off() -> None:
    ada = book()
    stands = becomes(ada, posted(points=100), 0, write_off=True)
    stands = becomes(ada, stands, 40, write_off=True)
    assert (stands.written_off, left(ada)) == (60, {})


def test_an_increase_pays_the_debt_of_its_own_refund() -> None:
    ada = book()
    stands = becomes(ada, posted(), 100)
    reserve(ada, 100, order("redemption"), day(1))
    stands = becomes(ada, stands, 0, 2)
    assert ada.debt == 100
    becomes(ada, stands, 100, 3)
    assert numbers(ada) == (0, 0, 100, 0)


def test_every_entry_has_a_key_of_its_own() -> None:
    ada = book()
    stands = posted()
    for amount in (100, 40, 90, 0, 100):
        stands = becomes(ada, stands, amount)
    keys = [entry.idem_key for entry in ada.entries]
    assert len(set(keys)) == len(keys)
