"""Orders and refunds of our standard JSON as facts. Pure. Raises Unusable, naming the place."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from regulars.errors import Unusable
from regulars.facts import CustomerRef, Fact, LineSeen, OrderSeen, PaymentStatus, RefundLine, RefundSeen
from regulars.values import MAX_MINOR
from regulars_webhooks.bodies import (
    amount,
    amount_or_zero,
    clean,
    first_moment,
    identifier,
    moment,
    not_negative,
    optional_identifier,
    optional_text,
    same_currency,
)
from regulars_webhooks.standard.documents import Customer, Line, Order, Refund


@dataclass(frozen=True, slots=True)
class Context:
    """What a document does not say itself: the shop's currency, when we were told, the hash of its bytes."""

    currency: str
    occurred_at: datetime | None
    body_hash: str = ""


def order(document: Order, context: Context) -> Fact:
    """An order, whole, as it stands."""
    same_currency(document.currency, context.currency, "order")
    currency = context.currency
    order_id = identifier(document.id, "id")
    placed_at = moment(document.placed_at, "placed_at")
    refunds = tuple(
        _refund_seen(one, order_id, currency, f"refunds[{position}]") for position, one in enumerate(document.refunds)
    )
    lines = _lines(document, refunds, currency)
    extras = {
        name: not_negative(amount_or_zero(value, currency, name), name)
        for name, value in (("shipping", document.shipping), ("tax", document.tax), ("tip", document.tip))
    }
    net = sum(line.net_minor for line in lines)
    if net > MAX_MINOR:
        raise Unusable("The lines of the order add up to more than is believable.")
    total = net + sum(extras.values()) if document.total is None else amount(document.total, currency, "total")
    return OrderSeen(
        id=order_id,
        placed_at=placed_at,
        updated_at=first_moment((document.updated_at, "updated_at")) or context.occurred_at or placed_at,
        currency=currency,
        payment=PaymentStatus(document.status),
        total_minor=total,
        lines=lines,
        customer=None if document.customer is None else customer_ref(document.customer, "customer"),
        name=clean(document.name, 100),
        cancelled=document.cancelled,
        test=document.test,
        shipping_minor=extras["shipping"],
        tax_minor=extras["tax"],
        tip_minor=extras["tip"],
        refunds=refunds,
        body_hash=context.body_hash,
    )


def _lines(document: Order, refunds: tuple[RefundSeen, ...], currency: str) -> tuple[LineSeen, ...]:
    given_back = Counter[str]()
    for refund in refunds:
        for part in refund.lines:
            given_back[part.line_id] += part.quantity
    lines = tuple(
        _line(line, given_back, currency, f"lines[{position}]") for position, line in enumerate(document.lines)
    )
    if len({line.id for line in lines}) != len(lines):
        raise Unusable("Two lines of the order have the same id; each line needs its own.")
    return lines


def _line(line: Line, given_back: Counter[str], currency: str, place: str) -> LineSeen:
    line_id = identifier(line.id, f"{place}.id")
    current = line.current_quantity
    return LineSeen(
        id=line_id,
        quantity=line.quantity,
        current_quantity=max(0, line.quantity - given_back[line_id]) if current is None else current,
        net_minor=_line_net(line, currency, place),
        product_id=optional_identifier(line.product_id),
        variant_id=optional_identifier(line.variant_id),
        sku=optional_text(line.sku, 200),
        title=clean(line.title, 300),
        gift_card=line.gift_card,
    )


def _line_net(line: Line, currency: str, place: str) -> int:
    if line.net is not None:
        return not_negative(amount(line.net, currency, f"{place}.net"), f"{place}.net")
    if line.unit_price is None:
        raise Unusable(f"{place} has neither net nor unit_price: say what the line is worth.")
    not_negative(amount(line.unit_price, currency, f"{place}.unit_price"), f"{place}.unit_price")
    whole = amount(line.unit_price * line.quantity, currency, f"{place}.unit_price")
    less = amount_or_zero(line.discount, currency, f"{place}.discount")
    return not_negative(whole - not_negative(less, f"{place}.discount"), f"{place}: unit_price × quantity − discount")


def refund(document: Refund, context: Context) -> Fact:
    """A refund that came alone: it has to name its order."""
    if document.order_id is None:
        raise Unusable("order_id is missing: the refund does not say which order it belongs to.")
    return _refund_seen(document, identifier(document.order_id, "order_id"), context.currency, "refund")


def _refund_seen(document: Refund, order_id: str, currency: str, place: str) -> RefundSeen:
    lines = tuple(
        RefundLine(
            identifier(line.line_id, f"{place}.lines[{position}].line_id"),
            line.quantity,
            not_negative(
                amount(line.net, currency, f"{place}.lines[{position}].net"), f"{place}.lines[{position}].net"
            ),
        )
        for position, line in enumerate(document.lines)
    )
    money = sum(line.net_minor for line in lines)
    if document.money is not None:
        money = not_negative(amount(document.money, currency, f"{place}.money"), f"{place}.money")
    occurred_at = moment(document.occurred_at, f"{place}.occurred_at")
    return RefundSeen(order_id, identifier(document.id, f"{place}.id"), occurred_at, lines, money)


def customer_ref(document: Customer, place: str) -> CustomerRef:
    """Who somebody is, as far as the document says. Raises Unusable when it says nothing that leads to them."""
    customer = CustomerRef(
        id=optional_identifier(document.id),
        email=optional_text(document.email, 320),
        phone=optional_text(document.phone, 50),
        name=optional_text(document.name, 300),
        locale=optional_text(document.locale, 35),
    )
    if customer.id is None and customer.email is None:
        raise Unusable(f"{place} has neither id nor email: say who it is, or leave the customer out (null).")
    return customer
