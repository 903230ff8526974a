"""What of an order still stands after refunds, edits and cancellations, exactly, line by line. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from regulars.facts import LineSeen, OrderSeen, PaymentStatus, RefundSeen


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A line and the exact part of its net, in minor units, that stands; a Fraction only where it is not whole."""

    line: LineSeen
    minor: int | Fraction


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of an order. `counts` says whether it is paid, real and neither cancelled nor given back whole."""

    counts: bool
    lines: tuple[StandingLine, ...]
    money_back_minor: int

    @property
    def minor(self) -> int:
        """The standing net of all lines in minor units, rounded down."""
        return int(sum(line.minor for line in self.lines))


def standing(order: OrderSeen, refunds: Iterable[RefundSeen]) -> Standing:
    """The smaller, per line, of net × current quantity / quantity and net − Σ refunds of that line; never below 0.

    Refunds are a set by id. Money given back without lines changes no line; it is only summed.
    """
    by_id = {refund.id: refund for refund in refunds}
    back: dict[str, int] = {}
    for refund in by_id.values():
        for part in refund.lines:
            back[part.line_id] = back.get(part.line_id, 0) + part.net_minor
    alive = order.payment is PaymentStatus.PAID and not order.cancelled and not order.test
    lines = tuple([StandingLine(line, _stands(line, back.get(line.id, 0)) if alive else 0) for line in order.lines])
    had_value = any(line.net_minor for line in order.lines)
    counts = alive and (not had_value or any(line.minor for line in lines))
    return Standing(counts, lines, sum(refund.money_minor for refund in by_id.values()))


def _stands(line: LineSeen, refunded_minor: int) -> int | Fraction:
    return max(0, min(_by_quantity(line), line.net_minor - refunded_minor))


def _by_quantity(line: LineSeen) -> int | Fraction:
    if line.current_quantity == line.quantity:
        return line.net_minor if line.quantity else 0
    return Fraction(line.net_minor * line.current_quantity, line.quantity) if line.quantity else 0
