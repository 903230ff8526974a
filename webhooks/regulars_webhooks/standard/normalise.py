"""Our standard JSON into facts; the same readers serve webhooks and imports. Pure. Raises Unusable, naming the place."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from regulars.errors import Unusable
from regulars.facts import (
    Batch,
    CustomerDeleted,
    CustomerSeen,
    Fact,
    OrderDeleted,
    OrderSeen,
    ProductSeen,
    ReviewSeen,
    ReviewStatus,
    VariantSeen,
)
from regulars_webhooks.bodies import (
    Envelope,
    amount,
    clean,
    decode,
    first_moment,
    identifier,
    moment,
    optional_identifier,
    optional_text,
)
from regulars_webhooks.standard.documents import (
    Customer,
    Deleted,
    DeletedReview,
    Message,
    Order,
    Product,
    Refund,
    Review,
    Variant,
)
from regulars_webhooks.standard.orders import Context, customer_ref, order, refund
from regulars_webhooks.standard.topics import TOPICS

SOURCE = "standard"
_MESSAGE = msgspec.json.Decoder(Message)


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


def _customer(document: Customer, context: Context) -> Fact:
    customer = customer_ref(document, "customer")
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
        customer=None if document.customer is None else customer_ref(document.customer, "customer"),
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
        customer=None if document.customer is None else customer_ref(document.customer, "customer"),
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
    "order": order,
    "order deleted": _order_deleted,
    "refund": refund,
    "customer": _customer,
    "customer deleted": _customer_deleted,
    "product": _product,
    "product deleted": _product_deleted,
    "review": _review,
    "review deleted": _review_deleted,
}
