"""Our standard JSON into facts; the same readers serve webhooks and imports. Pure. Raises Unusable, naming the place."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from regulars.errors import Unusable
from regulars.facts import (
    Batch,
    CustomerDeleted,
    CustomerRef,
    CustomerSeen,
    Fact,
    LineSeen,
    OrderDeleted,
    OrderSeen,
    PaymentStatus,
    ProductSeen,
    RefundLine,
    RefundSeen,
    ReviewSeen,
    ReviewStatus,
    VariantSeen,
)
from regulars.values import MAX_MINOR
from regulars_webhooks.bodies import (
    Envelope,
    amount,
    amount_or_zero,
    clean,
    decode,
    first_moment,
    identifier,
    moment,
    not_negative,
    optional_identifier,
    optional_text,
    same_currency,
)
from regulars_webhooks.standard.documents import (
    Customer,
    Deleted,
    DeletedReview,
    Line,
    Message,
    Order,
    Product,
    Refund,
    Review,
    Variant,
)
from regulars_webhooks.standard.topics import TOPICS

SOURCE = "standard"
_MESSAGE = msgspec.json.Decoder(Message)


@dataclass(frozen=True, slots=True)
class Context:
    """What a document does not say itself: the shop's currency, when we were told, the hash of its bytes."""

    currency: str
    occurred_at: datetime | None
    body_hash: str = ""


def normalise(envelope: Envelope) -> Batch:
    """What one message says. Unknown types are ignored, with their reason."""
    message = decode(envelope.body, _MESSAGE)
    kind = TOPICS.get(message.type)
    if kind is None:
        return Batch(
            ignored=f"we know no type {clean(message.type, 100)!r}; docs/standard.md lists those that are read"
        )
    occurred_at = moment(message.occurred_at, "occurred_at")
    context = Context(envelope.currency, occurred_at, envelope.body_hash)
    return as_batch(read(kind, decode(bytes(message.data), DECODERS[kind]), context))


def read(kind: str, document: Any, context: Context) -> Fact:
    """A decoded document of one of the kinds of DOCUMENTS as its fact."""
    return _READERS[kind](document, context)


def as_batch(fact: Fact) -> Batch:
    """The fact with the ids of whom and what it concerns."""
    customer = getattr(fact, "customer", None)
    customer_id = fact.id if isinstance(fact, CustomerDeleted) else getattr(customer, "id", None)
    order_id = fact.id if isinstance(fact, OrderSeen | OrderDeleted) else getattr(fact, "order_id", None)
    return Batch((fact,), customer_id=customer_id, order_id=order_id)


def _order(document: Order, context: Context) -> Fact:
    same_currency(document.currency, context.currency, "order")
    currency = context.currency
    order_id = identifier(document.id, "id")
    placed_at = moment(document.placed_at, "placed_at")
    refunds = tuple(
        _refund_seen(refund, order_id, currency, f"refunds[{position}]")
        for position, refund in enumerate(document.refunds)
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
        customer=None if document.customer is None else _customer_ref(document.customer, "customer"),
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


def _refund(document: Refund, context: Context) -> Fact:
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


def _customer_ref(document: Customer, place: str) -> CustomerRef:
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


def _customer(document: Customer, context: Context) -> Fact:
    customer = _customer_ref(document, "customer")
    seen_at = first_moment((document.updated_at, "updated_at")) or _told_at(context, "updated_at")
    return CustomerSeen(customer, seen_at, document.marketing_consent)


def _product(document: Product, context: Context) -> Fact:
    currency = context.currency
    return ProductSeen(
        id=identifier(document.id, "id"),
        title=clean(document.title, 300),
        occurred_at=first_moment((document.updated_at, "updated_at")) or _told_at(context, "updated_at"),
        vendor=optional_text(document.vendor, 300),
        product_type=optional_text(document.product_type, 300),
        tags=tuple(clean(tag, 300) for tag in document.tags),
        collections=tuple(clean(collection, 300) for collection in document.collections),
        variants=tuple(
            _variant(variant, currency, f"variants[{position}]") for position, variant in enumerate(document.variants)
        ),
    )


def _variant(variant: Variant, currency: str, place: str) -> VariantSeen:
    price, cost = variant.price, variant.unit_cost
    return VariantSeen(
        id=identifier(variant.id, f"{place}.id"),
        title=clean(variant.title, 300),
        sku=optional_text(variant.sku, 200),
        price_minor=None if price is None else amount(price, currency, f"{place}.price"),
        unit_cost_minor=None if cost is None else amount(cost, currency, f"{place}.unit_cost"),
        stock=variant.stock,
    )


def _review(document: Review, context: Context) -> Fact:
    seen_at = first_moment((document.updated_at, "updated_at"), (document.created_at, "created_at"))
    return ReviewSeen(
        source=SOURCE,
        id=identifier(document.id, "id"),
        occurred_at=seen_at or _told_at(context, "updated_at"),
        status=ReviewStatus(document.status),
        rating=document.rating,
        product_id=optional_identifier(document.product_id),
        customer=None if document.customer is None else _customer_ref(document.customer, "customer"),
        title=clean(document.title, 300),
        body=clean(document.body, 10_000),
        has_photo=document.has_photo,
    )


def _told_at(context: Context, place: str) -> datetime:
    if context.occurred_at is None:
        raise Unusable(f"{place} is missing: say when this was so.")
    return context.occurred_at


def _order_deleted(document: Deleted, context: Context) -> Fact:
    return OrderDeleted(identifier(document.id, "id"), _told_at(context, "occurred_at"))


def _customer_deleted(document: Deleted, context: Context) -> Fact:
    return CustomerDeleted(identifier(document.id, "id"), _told_at(context, "occurred_at"))


def _product_deleted(document: Deleted, context: Context) -> Fact:
    return ProductSeen(identifier(document.id, "id"), "", _told_at(context, "occurred_at"), deleted=True)


def _review_deleted(document: DeletedReview, context: Context) -> Fact:
    return ReviewSeen(
        source=SOURCE,
        id=identifier(document.id, "id"),
        occurred_at=_told_at(context, "occurred_at"),
        status=ReviewStatus.DELETED,
        rating=document.rating,
        product_id=optional_identifier(document.product_id),
        customer=None if document.customer is None else _customer_ref(document.customer, "customer"),
    )


#: The type of document of each kind.
DOCUMENTS: dict[str, Any] = {
    "order": Order,
    "order deleted": Deleted,
    "refund": Refund,
    "customer": Customer,
    "customer deleted": Deleted,
    "product": Product,
    "product deleted": Deleted,
    "review": Review,
    "review deleted": DeletedReview,
}
DECODERS: dict[str, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(one) for kind, one in DOCUMENTS.items()}

_READERS: dict[str, Callable[[Any, Context], Fact]] = {
    "order": _order,
    "order deleted": _order_deleted,
    "refund": _refund,
    "customer": _customer,
    "customer deleted": _customer_deleted,
    "product": _product,
    "product deleted": _product_deleted,
    "review": _review,
    "review deleted": _review_deleted,
}
