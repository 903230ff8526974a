"""What time alone does."""

from regulars.ledger.book import Kind
from regulars.ledger.due import settle
from tests.ledger.books import book, day, earned, left, numbers


def test_a_hold_ends() -> None:
    ada = book()
    earned(ada, 100, "1", release=14, ends=379)
    settle(ada, day(13.99))
    assert numbers(ada) == (0, 100, 0, 0)
    settle(ada, day(14))
    assert numbers(ada) == (100, 0, 0, 0)


def test_a_lot_ends() -> None:
    ada = book()
    earned(ada, 100, "1", ends=30)
    settle(ada, day(29.99))
    assert ada.available == 100
    settle(ada, day(30))
    assert ada.available == 0


def test_settling_again_changes_nothing() -> None:
    ada = book()
    earned(ada, 100, "1", release=14, ends=30)
    settle(ada, day(40))
    version = ada.version
    settle(ada, day(40))
    assert ada.version == version == 3


def test_everything_happens_in_its_order_and_at_its_time() -> None:
    ada = book()
    earned(ada, 10, "1", release=20, ends=50)
    earned(ada, 20, "2", release=10, ends=40)
    settle(ada, day(60))
    told = [(entry.kind, entry.amount, entry.effective_at) for entry in ada.entries[2:]]
    assert told == [
        (Kind.RELEASE, 20, day(10)), (Kind.RELEASE, 10, day(20)),
        (Kind.EXPIRY, 20, day(40)), (Kind.EXPIRY, 10, day(50)),
    ]  # fmt: skip


def test_settling_up_to_a_moment_leaves_the_later_alone() -> None:
    ada = book()
    earned(ada, 10, "1", release=10)
    earned(ada, 20, "2", release=20)
    settle(ada, day(30), until=day(15))
    assert left(ada) == {"1": 10, "2": 20}
    assert numbers(ada) == (10, 20, 0, 0)


def test_the_next_due_time_is_the_earliest_of_all_lots() -> None:
    ada = book()
    assert ada.next_due_at is None
    earned(ada, 10, "1", ends=90)
    earned(ada, 10, "2", release=20, ends=30)
    assert ada.next_due_at == day(20)
    settle(ada, day(20))
    assert ada.next_due_at == day(30)
