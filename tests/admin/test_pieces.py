"""The small pure pieces of the pages: bars, pages of lists, codes as words."""

import pytest

from regulars_admin.bars import bars
from regulars_admin.paging import PAGE_ROWS, page, page_number
from regulars_admin.words import because, signed, why_nothing


def test_the_longest_bar_is_a_hundred_long_and_the_others_in_proportion() -> None:
    assert [(bar.label, bar.length) for bar in bars({"a": 50, "b": 200, "c": 0})] == [
        ("a", 25.0),
        ("b", 100.0),
        ("c", 0.0),
    ]


def test_one_among_many_is_still_seen() -> None:
    assert bars({"one": 1, "many": 1_000_000})[0].length == 1.0


def test_shares_are_of_everybody() -> None:
    assert [bar.share for bar in bars({"a": 1, "b": 3})] == [0.25, 0.75]


def test_without_anybody_there_is_no_share() -> None:
    assert [bar.share for bar in bars({"a": 0})] == [0.0]


@pytest.mark.parametrize(
    ("text", "number"), [("3", 3), (None, 1), ("", 1), ("0", 1), ("-2", 1), ("x", 1), ("99999", 2000)]
)
def test_a_page_number_is_never_odd(text: str | None, number: int) -> None:
    assert page_number(text) == number


def test_one_row_to_spare_says_that_there_is_more() -> None:
    assert page(range(PAGE_ROWS + 1), 1).more
    assert not page(range(PAGE_ROWS), 1).more
    assert len(page(range(PAGE_ROWS + 1), 1).rows) == PAGE_ROWS


def test_the_second_page_counts_on() -> None:
    second = page(range(3), 2)
    assert (second.first, second.last) == (PAGE_ROWS + 1, PAGE_ROWS + 3)


def test_a_change_has_its_sign() -> None:
    assert (signed(1200), signed(-40)) == ("+1,200", "−40")


def test_a_reason_nobody_put_into_words_is_still_readable() -> None:
    assert because("some_new_reason") == "some new reason"


@pytest.mark.parametrize(
    ("test", "cancelled", "payment", "words"),
    [(True, False, "paid", "test order"), (False, True, "paid", "cancelled"), (False, False, "pending", "pending")],
)
def test_why_an_order_earned_nothing_is_said(test: bool, cancelled: bool, payment: str, words: str) -> None:
    assert words in why_nothing(test=test, cancelled=cancelled, payment=payment)
