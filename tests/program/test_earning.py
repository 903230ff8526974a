"""What an order and a review are entitled to, and why."""

from fractions import Fraction

import pytest

from regulars.facts import OrderSeen, PaymentStatus, RefundSeen
from regulars.program.earning import Entitlement, for_order, for_review
from regulars.program.rules import Program
from regulars.program.schemas import to_program
from tests.program.programs import line, money_back, order, program, stands


def due(of: OrderSeen, rules: Program, *refunds: RefundSeen, multiplier: Fraction = Fraction(1)) -> Entitlement:
    return for_order(of, stands(of, *refunds), rules, multiplier)


def points(of: OrderSeen, rules: Program, *refunds: RefundSeen, multiplier: Fraction = Fraction(1)) -> int:
    return due(of, rules, *refunds, multiplier=multiplier).points


def test_points_are_floored_once_per_order() -> None:
    assert points(order(line(5550), line(5475, "2")), program()) == 110
    assert points(order(line(99)), program()) == 0


def test_c028_points_follow_the_money_of_the_shop() -> None:
    """10,000 JPY was paid by the shopper; the shop's own money is 66.20 USD."""
    assert points(order(line(6620), currency="USD"), program()) == 66


def test_c029_currencies_without_a_minor_unit_and_with_three_digits() -> None:
    assert points(order(line(12050), currency="JPY"), program()) == 12050
    assert points(order(line(12345), currency="KWD"), program()) == 12


def test_no_binary_fraction_enters() -> None:
    assert points(order(line(2900)), program(points_per_unit="0.1")) == 2
    assert points(order(line(3000)), program(points_per_unit="0.1")) == 3
    assert points(order(line(10**15)), program(points_per_unit="1.1")) == 11 * 10**12


def test_a_multiplier_comes_before_the_one_rounding() -> None:
    assert points(order(line(199)), program(), multiplier=Fraction("1.5")) == 2
    assert points(order(line(10010)), program(), multiplier=Fraction("1.25")) == 125


def test_shipping_tax_tip_and_gift_cards_are_left_out() -> None:
    of = order(line(11025), line(5000, "2", gift_card=True), shipping_minor=700, tax_minor=900, tip_minor=100)
    told = due(of, program())
    assert told.points == 110
    assert told.why["excluded"] == {"gift_card": 5000, "shipping": 700, "tax": 900, "tip": 100}


def test_a_program_may_count_them() -> None:
    of = order(line(11025), line(5000, "2", gift_card=True), shipping_minor=700, tax_minor=900, tip_minor=100)
    assert points(of, program(exclude=[])) == 177
    assert points(of, program(exclude=["shipping"])) == 170


def test_money_given_back_without_lines_takes_nothing_by_lines() -> None:
    assert points(order(line(11025)), program(), money_back(5000)) == 110


def test_money_given_back_takes_its_share_where_the_program_says_money() -> None:
    assert points(order(line(11025)), program(refund_basis="money"), money_back(5000)) == 60
    assert points(order(line(11025)), program(refund_basis="money"), money_back(99999)) == 0


def test_an_explanation_names_basis_rate_multiplier_and_rounding() -> None:
    assert due(order(line(11025)), program(points_per_unit="1.5"), multiplier=Fraction(5, 4)).why == {
        "code": "spend", "basis_minor": 11025, "currency": "EUR", "rate": "3/2", "multiplier": "5/4",
        "rounding": "floor",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("of", "code"),
    [
        (order(line(100), payment=PaymentStatus.PENDING), "not_paid"),
        (order(line(100), payment=PaymentStatus.VOIDED), "not_paid"),
        (order(line(100), payment=PaymentStatus.REFUNDED), "refunded"),
        (order(line(100), cancelled=True), "cancelled"),
        (order(line(100), test=True), "test_order"),
    ],
)
def test_nothing_says_why(of: OrderSeen, code: str) -> None:
    assert due(of, program()) == Entitlement(0, {"code": code})


def test_without_a_rule_nothing_is_due() -> None:
    assert due(order(line(100)), to_program({}, 1)).why == {"code": "no_rule"}
    assert for_review(approved=True, bought=True, program=to_program({}, 1)).why == {"code": "no_rule"}


@pytest.mark.parametrize(
    ("approved", "bought", "expected"), [(True, True, 50), (False, True, 0), (True, False, 0), (False, False, 0)]
)
def test_an_approved_review_of_a_bought_product_earns(approved: bool, bought: bool, expected: int) -> None:
    assert for_review(approved, bought, program()).points == expected
