"""The shop as it really is, in plain Python: its orders, their documents in the platform's words, and what they are worth.

What is worth what is said here a second time, without a line of the app's own arithmetic.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from regulars.values import iso

#: The cast: the platform's ids of customers.
CAST = ("1001", "1002", "1003", "1004", "1005")
PRODUCTS = ("51", "52", "53")
_STATUS = {"pending": 0, "paid": 1, "partially_refunded": 1, "refunded": 2, "voided": 3}


@dataclass
class Line:
    """One line: its price for one piece and its discount in cents."""

    id: int
    product: str
    cents: int
    quantity: int
    off: int = 0
    current: int = 0

    @property
    def net(self) -> int:
        """The whole line after its discount."""
        return max(0, self.cents * self.quantity - self.off)


@dataclass
class Refund:
    """What went back: (line, pieces, cents)."""

    id: int
    at: datetime
    parts: list[tuple[int, int, int]]


@dataclass
class ShopOrder:
    """An order with everything that happened to it so far."""

    id: int
    who: str | None
    placed_at: datetime
    lines: list[Line]
    status: str = "pending"
    cancelled_at: datetime | None = None
    fulfilled: bool = False
    deleted: bool = False
    updated_at: datetime = field(init=False)
    refunds: list[Refund] = field(default_factory=list)
    told: dict[bytes, tuple[tuple[datetime, int, str], "Snapshot"]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.updated_at = self.placed_at

    def document(self) -> bytes:
        """The order as a webhook tells it now; what it says is remembered with its rank among the others."""
        net = sum(line.net for line in self.lines)
        body = json.dumps(
            {
                "id": self.id, "name": f"#{self.id}", "created_at": iso(self.placed_at),
                "updated_at": iso(self.updated_at), "currency": "EUR", "financial_status": self.status,
                "cancelled_at": iso(self.cancelled_at) if self.cancelled_at else None, "total_price": _euros(net),
                "fulfillment_status": "fulfilled" if self.fulfilled else None,
                "line_items": [_line(line) for line in self.lines], "customer": _person(self.who),
                "refunds": [_refund(self.id, refund) for refund in self.refunds],
            }
        ).encode()  # fmt: skip
        progress = 3 if self.cancelled_at else _STATUS[self.status]
        rank = (self.updated_at, progress, hashlib.sha256(body).hexdigest())
        alive = self.status in ("paid", "partially_refunded") and not self.cancelled_at
        lines = [(line.id, line.net, line.current, line.quantity, line.product) for line in self.lines]
        paid = self.status in ("paid", "partially_refunded", "refunded") and not self.cancelled_at
        self.told[body] = (rank, Snapshot(self.who, alive, paid, lines))
        return body

    def final(self) -> "Snapshot":
        """The newest document, whatever came first; a deletion ends it."""
        _, newest = max(self.told.values(), key=lambda one: one[0])
        return Snapshot(newest.who, False, False, newest.lines) if self.deleted else newest

    def standing(self) -> Fraction:
        """The cents that stand: per line what is left of its pieces and of its money, whichever is less."""
        back: dict[int, int] = {}
        for line, _, cents in [part for refund in self.refunds for part in refund.parts]:
            back[line] = back.get(line, 0) + cents
        final = self.final()
        left = [
            max(Fraction(0), min(Fraction(net * current, quantity), Fraction(net - back.get(line, 0))))
            for line, net, current, quantity, _ in final.lines
        ]
        return sum(left, Fraction(0)) if final.alive else Fraction(0)

    def counts(self) -> bool:
        """Whether it is an order of its customer: paid, and something of it stands."""
        final = self.final()
        return final.alive and (self.standing() > 0 or not any(line[1] for line in final.lines))


@dataclass(frozen=True)
class Snapshot:
    """What one document said; lines are (id, net, current, quantity, product)."""

    who: str | None
    alive: bool
    paid: bool
    lines: list[tuple[int, int, int, int, str]]


def refund_document(order: ShopOrder, refund: Refund) -> dict[str, Any]:
    """A refund by itself."""
    return _refund(order.id, refund)


def person_document(who: str, at: datetime) -> dict[str, Any]:
    """A customer by themselves."""
    return (_person(who) or {}) | {"created_at": iso(at), "updated_at": iso(at)}


def _euros(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def _person(who: str | None) -> dict[str, Any] | None:
    return {"id": int(who), "email": f"c{who}@example.com", "first_name": "Ada", "last_name": who} if who else None


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id, "product_id": int(line.product), "title": "Coffee", "quantity": line.quantity,
        "current_quantity": line.current, "price": _euros(line.cents), "gift_card": False, "tax_lines": [],
        "discount_allocations": [{"amount": _euros(line.off)}] if line.off else [],
    }  # fmt: skip


def _refund(order_id: int, refund: Refund) -> dict[str, Any]:
    cents = sum(part[2] for part in refund.parts)
    paid = {"id": refund.id * 10, "kind": "refund", "status": "success", "amount": _euros(cents), "currency": "EUR"}
    return {
        "id": refund.id, "order_id": order_id, "created_at": iso(refund.at), "processed_at": iso(refund.at),
        "transactions": [paid],
        "refund_line_items": [
            {"id": refund.id * 100 + place, "line_item_id": line, "quantity": pieces, "subtotal": cents / 100, "total_tax": 0}
            for place, (line, pieces, cents) in enumerate(refund.parts)
        ],
    }  # fmt: skip
