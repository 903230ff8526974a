"""Shopify's words end here: a body in, facts out. Pure. Raises Unusable with a sentence that names the place."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from regulars.errors import Unusable
from regulars.facts import (
    Batch,
    CustomerDeleted,
    CustomerRef,
    CustomerSeen,
    LineSeen,
    OrderDeleted,
    OrderSeen,
    PaymentStatus,
    ProductSeen,
    RefundLine,
    RefundSeen,
    VariantSeen,
)
from regulars.values import MAX_MINOR
from regulars_webhooks.bodies import (
    Envelope,
    Id,
    amount,
    amount_or_zero,
    clean,
    decode,
    first_moment,
    identifier,
    optional_identifier,
    optional_text,
    same_currency,
)
from regulars_webhooks.shopify.documents import Customer, Deleted, Line, Order, Product, Refund
from regulars_webhooks.shopify.money import line_nets, refund_line_net, refund_money, shipping
from regulars_webhooks.shopify.topics import TOPICS

_ORDER = msgspec.json.Decoder(Order)
_REFUND = msgspec.json.Decoder(Refund)
_CUSTOMER = msgspec.json.Decoder(Customer)
_PRODUCT = msgspec.json.Decoder(Product)
_DELETED = msgspec.json.Decoder(Deleted)

_STATUSES = {
    "paid": PaymentStatus.PAID,
    "partially_refunded": PaymentStatus.PAID,
    "refunded": PaymentStatus.REFUNDED,
    "voided": PaymentStatus.VOIDED,
}
_PLATFORM_DOMAIN = ".myshopify.com"


def normalise(envelope: Envelope) -> Batch:
    """What one delivery says, by its topic. Topics we know and do not act on are ignored with their reason."""
    topic = TOPICS.get(envelope.topic)
    if topic is None:
        return _unknown(envelope.topic)
    if topic.reads is None:
        return Batch(ignored=topic.ignored)
    return _READERS[topic.reads](envelope)


def _unknown(topic: str) -> Batch:
    if not topic:
        raise Unusable("The delivery names no topic: its X-Shopify-Topic header is missing.")
    return Batch(ignored=f"we know no topic {topic!r}; docs/topics.md lists those that are read")


def _order(envelope: Envelope) -> Batch:
    document = decode(envelope.body, _ORDER)
    _is_a("Order", document.admin_graphql_api_id)
    if envelope.claimed:
        _belongs_here(document.order_status_url, envelope.domain)
    same_currency(document.currency, envelope.currency, "order")
    order = order_seen(document, envelope.currency, envelope.body_hash)
    customer = order.customer.id if order.customer else None
    return Batch((order,), customer_id=customer, order_id=order.id)


def order_seen(document: Order, currency: str, body_hash: str) -> OrderSeen:
    """An order document as a fact; all money in minor units of `currency`."""
    nets = line_nets(document, currency)
    if sum(nets) > MAX_MINOR:
        raise Unusable("The lines of the order add up to more than is believable.")
    order_id = identifier(document.id, "id")
    refunds = _refunds(document, nets, order_id, currency)
    placed_at = first_moment((document.processed_at, "processed_at"), (document.created_at, "created_at"))
    if placed_at is None:
        raise Unusable("created_at is missing: the order does not say when it was placed.")
    return OrderSeen(
        id=order_id,
        placed_at=placed_at,
        updated_at=first_moment((document.updated_at, "updated_at")) or placed_at,
        currency=currency,
        payment=_STATUSES.get(document.financial_status or "", PaymentStatus.PENDING),
        total_minor=amount(document.total_price, currency, "total_price"),
        lines=_lines(document.line_items, nets, refunds),
        customer=_order_customer(document),
        name=clean(document.name, 100),
        cancelled=document.cancelled_at is not None,
        test=bool(document.test),
        shipping_minor=shipping(document, currency),
        tax_minor=amount_or_zero(document.total_tax, currency, "total_tax"),
        tip_minor=amount_or_zero(document.total_tip_received, currency, "total_tip_received"),
        refunds=refunds,
        body_hash=body_hash,
    )


def _lines(lines: Sequence[Line], nets: Sequence[int], refunds: Sequence[RefundSeen]) -> tuple[LineSeen, ...]:
    given_back = Counter[str]()
    for refund in refunds:
        for part in refund.lines:
            given_back[part.line_id] += part.quantity
    return tuple(
        _line(line, net, position, given_back) for position, (line, net) in enumerate(zip(lines, nets, strict=True))
    )


def _line(line: Line, net: int, position: int, given_back: Counter[str]) -> LineSeen:
    line_id = identifier(line.id, f"line_items[{position}].id")
    current = line.current_quantity
    return LineSeen(
        id=line_id,
        quantity=line.quantity,
        current_quantity=max(0, line.quantity - given_back[line_id]) if current is None else current,
        net_minor=net,
        product_id=optional_identifier(line.product_id),
        variant_id=optional_identifier(line.variant_id),
        sku=optional_text(line.sku, 200),
        title=clean(line.title, 300),
        gift_card=bool(line.gift_card),
    )


def _refunds(document: Order, nets: Sequence[int], order_id: str, currency: str) -> tuple[RefundSeen, ...]:
    worth = {
        identifier(line.id, "line_items.id"): (net, line.quantity)
        for line, net in zip(document.line_items, nets, strict=True)
    }
    return tuple(
        _refund_seen(refund, order_id, worth, currency, document.created_at) for refund in document.refunds or ()
    )


def _refund_seen(
    refund: Refund, order_id: str, worth: dict[str, tuple[int, int]], currency: str, otherwise: str | None
) -> RefundSeen:
    occurred_at = first_moment(
        (refund.created_at, "refund created_at"),
        (refund.processed_at, "refund processed_at"),
        (otherwise, "created_at"),
    )
    if occurred_at is None:
        raise Unusable("created_at is missing: the refund does not say when it happened.")
    parts = []
    for part in refund.refund_line_items or ():
        line_id = identifier(part.line_item_id, "refund_line_items.line_item_id")
        parts.append(RefundLine(line_id, part.quantity, refund_line_net(part, currency, worth.get(line_id))))
    return RefundSeen(
        order_id=order_id,
        id=identifier(refund.id, "refund id"),
        occurred_at=occurred_at,
        lines=tuple(parts),
        money_minor=refund_money(refund, currency),
    )


def _refund(envelope: Envelope) -> Batch:
    document = decode(envelope.body, _REFUND)
    if document.order_id is None:
        raise Unusable("order_id is missing: the refund does not say which order it belongs to.")
    order_id = identifier(document.order_id, "order_id")
    refund = _refund_seen(document, order_id, {}, envelope.currency, None)
    return Batch((refund,), order_id=order_id)


def _order_customer(document: Order) -> CustomerRef | None:
    """Who ordered; a guest is known by the e-mail address of the order alone."""
    if document.customer is not None and document.customer.id is not None:
        return _customer_ref(document.customer, document.customer.id, document.customer_locale)
    given = (document.customer.email if document.customer else None, document.email, document.contact_email)
    email = next((text for one in given if (text := optional_text(one, 320))), None)
    return CustomerRef(email=email, locale=optional_text(document.customer_locale, 35)) if email else None


def _customer_ref(document: Customer, customer_id: Id, locale: str | None = None) -> CustomerRef:
    name = f"{clean(document.first_name, 150)} {clean(document.last_name, 150)}"
    return CustomerRef(
        id=identifier(customer_id, "customer.id"),
        email=optional_text(document.email, 320),
        phone=optional_text(document.phone, 50),
        name=optional_text(name),
        locale=optional_text(locale, 35),
    )


def _customer(envelope: Envelope) -> Batch:
    document = decode(envelope.body, _CUSTOMER)
    _is_a("Customer", document.admin_graphql_api_id)
    if document.line_items is not msgspec.UNSET:
        raise Unusable("The body is an order, but the topic speaks of a customer.")
    if document.id is None:
        raise Unusable("id is missing: the body does not say which customer it is.")
    seen_at = first_moment((document.updated_at, "updated_at"), (document.created_at, "created_at"))
    customer = _customer_ref(document, document.id)
    fact = CustomerSeen(customer, seen_at or envelope.happened_at, _consent(document))
    return Batch((fact,), customer_id=customer.id)


def _consent(document: Customer) -> bool | None:
    if document.email_marketing_consent and document.email_marketing_consent.state:
        return document.email_marketing_consent.state == "subscribed"
    return document.accepts_marketing


def _product(envelope: Envelope) -> Batch:
    document = decode(envelope.body, _PRODUCT)
    _is_a("Product", document.admin_graphql_api_id)
    seen_at = first_moment((document.updated_at, "updated_at"), (document.created_at, "created_at"))
    tags = document.tags.split(",") if isinstance(document.tags, str) else document.tags or []
    fact = ProductSeen(
        id=identifier(document.id, "id"),
        title=clean(document.title, 300),
        occurred_at=seen_at or envelope.happened_at,
        vendor=optional_text(document.vendor, 300),
        product_type=optional_text(document.product_type, 300),
        tags=tuple(text for tag in tags if (text := clean(tag, 300).strip())),
        variants=tuple(
            VariantSeen(
                id=identifier(variant.id, f"variants[{position}].id"),
                title=clean(variant.title, 300),
                sku=optional_text(variant.sku, 200),
                price_minor=None if variant.price is None else amount(variant.price, envelope.currency, f"variants[{position}].price"),
                stock=variant.inventory_quantity,
            )
            for position, variant in enumerate(document.variants)
        ),
    )  # fmt: skip
    return Batch((fact,))


def _deleted(envelope: Envelope, kind: str) -> tuple[str, datetime]:
    document = decode(envelope.body, _DELETED)
    _is_a(kind, document.admin_graphql_api_id)
    if document.line_items is not msgspec.UNSET or document.updated_at is not msgspec.UNSET:
        raise Unusable(
            f"The topic says that something was deleted, but the body is a whole document ({envelope.topic})."
        )
    return identifier(document.id, "id"), envelope.happened_at


def _order_deleted(envelope: Envelope) -> Batch:
    order_id, happened_at = _deleted(envelope, "Order")
    return Batch((OrderDeleted(order_id, happened_at),), order_id=order_id)


def _customer_deleted(envelope: Envelope) -> Batch:
    customer_id, happened_at = _deleted(envelope, "Customer")
    return Batch((CustomerDeleted(customer_id, happened_at),), customer_id=customer_id)


def _product_deleted(envelope: Envelope) -> Batch:
    product_id, happened_at = _deleted(envelope, "Product")
    return Batch((ProductSeen(product_id, "", happened_at, deleted=True),))


def _is_a(kind: str, gid: str | None) -> None:
    """Topics are unsigned: a captured body could come back under another one. The global id tells what it is."""
    if gid and gid.startswith("gid://shopify/") and not gid.startswith(f"gid://shopify/{kind}/"):
        raise Unusable(f"The topic speaks of a {kind.lower()}, but the body is {clean(gid, 100)}.")


def _belongs_here(status_url: str | None, domain: str) -> None:
    """One secret signs for all shops of the app, and the shop's name is an unsigned header: the order must agree."""
    try:
        host = (urlsplit(status_url or "").hostname or "").lower()
    except ValueError:
        return
    if host.endswith(_PLATFORM_DOMAIN) and domain.endswith(_PLATFORM_DOMAIN) and host != domain:
        raise Unusable(f"The order belongs to another shop: its status page is at {clean(host, 100)}, not at {domain}.")


_READERS: dict[str, Callable[[Envelope], Batch]] = {
    "order": _order,
    "order deleted": _order_deleted,
    "refund": _refund,
    "customer": _customer,
    "customer deleted": _customer_deleted,
    "product": _product,
    "product deleted": _product_deleted,
}
