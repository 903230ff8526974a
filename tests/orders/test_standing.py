"""What of an order stands, line by line."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import permutations

import pytest

from regulars.facts import LineSeen, OrderSeen, PaymentStatus, RefundLine, RefundSeen
from regulars.orders.standing import Standing, standing

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def line(net_minor: int, quantity: int = 1, current: int | None = None, id_: str = "1") -> LineSeen:
    return LineSeen(id_, quantity, quantity if current is None else current, net_minor)


def order(*lines: LineSeen) -> OrderSeen:
    return OrderSeen("1", AT, AT, "EUR", PaymentStatus.PAID, sum(one.net_minor for one in lines), lines)


def refund(net_minor: int, id_: str = "r1", line_id: str = "1", money_minor: int = 0) -> RefundSeen:
    parts = (RefundLine(line_id, 1, net_minor),) if net_minor else ()
    return RefundSeen("1", id_, AT, parts, money_minor)


def test_a_paid_order_stands_whole() -> None:
    assert standing(order(line(11025)), []) == Standing(True, standing(order(line(11025)), []).lines, 0)
    assert standing(order(line(11025)), []).minor == 11025


def test_a_line_refund_takes_its_amount() -> None:
    assert standing(order(line(11025, 2)), [refund(5512)]).minor == 5513


def test_refunds_are_a_set_by_id() -> None:
    assert standing(order(line(10000)), [refund(3000), refund(3000)]).minor == 7000


def test_three_refunds_of_a_third_leave_nothing() -> None:
    thirds = [refund(3350, f"r{number}") for number in range(3)]
    left = [standing(order(line(10050, 3)), thirds[:count]).minor for count in range(4)]
    assert left == [10050, 6700, 3350, 0]


def test_any_order_of_refunds_leaves_the_same() -> None:
    parts = [refund(2000, "a"), refund(1500, "b", "2"), refund(999, "c")]
    left = {standing(order(line(5000), line(5000, id_="2")), one).minor for one in permutations(parts)}
    assert left == {5501}


def test_an_edited_quantity_takes_its_share_exactly() -> None:
    stands = standing(order(line(1000, 3, 1)), [])
    assert stands.lines[0].minor == Fraction(1000, 3)
    assert stands.minor == 333


def test_edit_and_refund_of_the_same_piece_count_once() -> None:
    assert standing(order(line(10000, 2, 1)), [refund(5000)]).minor == 5000


def test_a_line_never_stands_below_nothing() -> None:
    assert standing(order(line(1000), line(500, id_="2")), [refund(9999)]).minor == 500


def test_a_refund_of_an_unknown_line_takes_nothing() -> None:
    assert standing(order(line(1000)), [refund(400, line_id="gone")]).minor == 1000


def test_money_without_lines_changes_no_line() -> None:
    stands = standing(order(line(1000)), [refund(0, money_minor=400), refund(0, "r2", money_minor=100)])
    assert (stands.minor, stands.money_back_minor) == (1000, 500)


def test_a_line_without_pieces_stands_for_nothing() -> None:
    assert standing(order(line(1000, 0)), []).minor == 0


@pytest.mark.parametrize("payment", [PaymentStatus.PENDING, PaymentStatus.REFUNDED, PaymentStatus.VOIDED])
def test_only_a_paid_order_counts(payment: PaymentStatus) -> None:
    stands = standing(replace(order(line(1000)), payment=payment), [])
    assert (stands.counts, stands.minor) == (False, 0)


def test_cancelled_and_test_orders_count_for_nothing() -> None:
    assert not standing(replace(order(line(1000)), cancelled=True), []).counts
    assert not standing(replace(order(line(1000)), test=True), []).counts


def test_an_order_given_back_whole_counts_no_longer() -> None:
    assert not standing(order(line(1000)), [refund(1000)]).counts


def test_a_free_order_counts() -> None:
    assert standing(order(line(0)), []).counts
