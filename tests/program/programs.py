"""Programs and orders for the tests of rules."""

from datetime import UTC, datetime
from typing import Any

from regulars.facts import LineSeen, OrderSeen, PaymentStatus, RefundSeen
from regulars.orders.standing import standing
from regulars.program.rules import Program
from regulars.program.schemas import to_program

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def program(**rule: Any) -> Program:
    """One point per unit unless the rule for orders says otherwise."""
    return to_program({"earn": {"order": {"points_per_unit": 1} | rule, "review": {"points": 50}}}, 1)


def line(net_minor: int, id_: str = "1", **changes: Any) -> LineSeen:
    return LineSeen(id_, 1, 1, net_minor, **changes)


def order(*lines: LineSeen, currency: str = "EUR", **changes: Any) -> OrderSeen:
    total = sum(one.net_minor for one in lines)
    return OrderSeen("1", AT, AT, currency, changes.pop("payment", PaymentStatus.PAID), total, lines, **changes)


def money_back(minor: int) -> RefundSeen:
    return RefundSeen("1", "r1", AT, (), minor)


def stands(of: OrderSeen, *refunds: RefundSeen) -> Any:
    return standing(of, refunds)
