"""How much a member of the staff may give."""

import pytest

from regulars.complaints.authority import check_not_own, remaining
from regulars.errors import Forbidden


@pytest.mark.parametrize(
    ("role", "today", "to_customer", "left"),
    [
        ("agent", 0, 0, 500),
        ("agent", 1_800, 0, 200),
        ("agent", 2_000, 0, 0),
        ("agent", 0, 900, 100),
        ("agent", 0, 4_000, 0),
        ("lead", 0, 0, 2_500),
        ("lead", 9_999, 0, 1),
        ("lead", 0, 4_999, 1),
        ("owner", 10_000_000, 10_000_000, 1_000_000),
        ("analyst", 0, 0, 0),
        ("nobody", 0, 0, 0),
    ],
)
def test_what_is_left_is_the_tightest_of_the_limits(role: str, today: int, to_customer: int, left: int) -> None:
    assert remaining(role, today, to_customer) == left


def test_nobody_gives_to_their_own_address_however_it_is_spelt() -> None:
    with pytest.raises(Forbidden):
        check_not_own("Eva@Morava.example", {" eva@morava.EXAMPLE"})


def test_a_customer_with_another_address_may_be_given() -> None:
    check_not_own("eva@morava.example", {"ada@example.com"})
    check_not_own("", set())
