"""What an order is entitled to now, per component, with the explanation in data. Pure.

The widget's estimate and the award call the same functions. Exact fractions inside, one rounding (down) at the end.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from regulars.facts import OrderSeen
from regulars.orders.standing import Standing
from regulars.program.rules import OrderRule, Program
from regulars.values import minor_digits

#: The component of points for the money of an order.
SPEND = "spend"
#: The component of points for a customer's reviews of one product.
REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Points that are due, and why: codes and numbers only, so that every language can tell it."""

    points: int
    why: dict[str, Any] = field(default_factory=dict)


def for_order(order: OrderSeen | None, stands: Standing, program: Program, multiplier: Fraction) -> Entitlement:
    """The points that the standing part of an order earns under a program, with a tier's multiplier."""
    rule = program.order
    if order is None or rule is None:
        return Entitlement(0, {"code": "no_rule"})
    if not stands.counts:
        return Entitlement(0, {"code": _why_nothing(order)})
    basis, excluded = _basis(order, stands, rule)
    return spend(basis, order.currency, rule.points_per_unit, multiplier, excluded)


def spend(
    basis_minor: int | Fraction,
    currency: str,
    points_per_unit: Fraction,
    multiplier: Fraction,
    excluded: dict[str, int],
) -> Entitlement:
    """Points for an amount in minor units: basis / minor units per unit × rate × multiplier, rounded down once."""
    above = basis_minor.numerator * points_per_unit.numerator * multiplier.numerator
    below = (
        basis_minor.denominator * points_per_unit.denominator * multiplier.denominator * 10 ** minor_digits(currency)
    )
    why: dict[str, Any] = {
        "code": "spend", "basis_minor": int(basis_minor), "currency": currency, "rate": str(points_per_unit),
        "multiplier": str(multiplier), "rounding": "floor",
    }  # fmt: skip
    return Entitlement(max(0, above // below), why | ({"excluded": excluded} if excluded else {}))


def _why_nothing(order: OrderSeen) -> str:
    if order.test:
        return "test_order"
    if order.cancelled:
        return "cancelled"
    return {"pending": "not_paid", "voided": "not_paid", "refunded": "refunded"}.get(order.payment.value, "refunded")


def _basis(order: OrderSeen, stands: Standing, rule: OrderRule) -> tuple[int | Fraction, dict[str, int]]:
    """The eligible minor units, and what was left out of them by name."""
    excluded: dict[str, int] = {}
    basis: int | Fraction = 0
    for one in stands.lines:
        if one.line.gift_card and "gift_card" in rule.exclude:
            excluded["gift_card"] = excluded.get("gift_card", 0) + int(one.minor)
        else:
            basis += one.minor
    if rule.refund_basis == "money":
        net = sum(
            one.line.net_minor for one in stands.lines if not (one.line.gift_card and "gift_card" in rule.exclude)
        )
        basis = max(0, min(basis, net - stands.money_back_minor))
    for name, minor in (("shipping", order.shipping_minor), ("tax", order.tax_minor), ("tip", order.tip_minor)):
        if name not in rule.exclude:
            basis += minor
        elif minor:
            excluded[name] = minor
    return basis, excluded


def for_review(approved: bool, bought: bool, program: Program) -> Entitlement:
    """The points of a customer's reviews of one product: once, while one is approved and the product was bought."""
    if program.review is None:
        return Entitlement(0, {"code": "no_rule"})
    if not approved:
        return Entitlement(0, {"code": "review_not_shown"})
    if not bought:
        return Entitlement(0, {"code": "not_bought"})
    return Entitlement(program.review.points, {"code": "review"})
