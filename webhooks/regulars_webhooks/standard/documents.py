"""Our standard JSON: what a shop of any make tells us, field by field (docs/standard.md). Unknown fields are skipped. Pure.

Money is an amount in the currency of the document, as text ("12.50") or number; times are ISO 8601 with a zone.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from regulars_webhooks.bodies import Id, Quantity, Stock


class Message(msgspec.Struct):
    """The envelope of every message."""

    type: str
    occurred_at: str
    data: msgspec.Raw


class Customer(msgspec.Struct, kw_only=True):
    """A customer; an order of a guest has the e-mail address alone."""

    id: Id | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    locale: str | None = None
    marketing_consent: bool | None = None
    updated_at: str | None = None


class Line(msgspec.Struct, kw_only=True):
    """A line: `net` is the whole line after discounts without tax; or `unit_price` without tax, and `discount`."""

    id: Id
    quantity: Quantity
    current_quantity: Quantity | None = None
    net: Decimal | None = None
    unit_price: Decimal | None = None
    discount: Decimal | None = None
    product_id: Id | None = None
    variant_id: Id | None = None
    sku: str | None = None
    title: str | None = None
    gift_card: bool = False


class RefundLine(msgspec.Struct, kw_only=True):
    """What went back of one line."""

    line_id: Id
    quantity: Quantity
    net: Decimal


class Refund(msgspec.Struct, kw_only=True):
    """A refund, alone (then with `order_id`) or inside its order."""

    id: Id
    occurred_at: str
    order_id: Id | None = None
    lines: list[RefundLine] = []
    money: Decimal | None = None


class Order(msgspec.Struct, kw_only=True):
    """An order as it stands now, whole."""

    id: Id
    placed_at: str
    currency: str
    status: Literal["pending", "paid", "refunded", "voided"]
    lines: list[Line]
    updated_at: str | None = None
    name: str | None = None
    cancelled: bool = False
    test: bool = False
    customer: Customer | None = None
    total: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    tip: Decimal | None = None
    refunds: list[Refund] = []


class Variant(msgspec.Struct, kw_only=True):
    """One variant of a product; money in the shop's currency."""

    id: Id
    sku: str | None = None
    title: str | None = None
    price: Decimal | None = None
    unit_cost: Decimal | None = None
    stock: Stock | None = None


class Product(msgspec.Struct, kw_only=True):
    """A product of the catalogue."""

    id: Id
    title: str
    vendor: str | None = None
    product_type: str | None = None
    tags: list[str] = []
    collections: list[str] = []
    variants: list[Variant] = []
    updated_at: str | None = None


class Review(msgspec.Struct, kw_only=True):
    """A review of a product."""

    id: Id
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)]
    status: Literal["pending", "approved", "hidden", "deleted"]
    product_id: Id | None = None
    order_id: Id | None = None
    customer: Customer | None = None
    title: str | None = None
    body: str | None = None
    has_photo: bool = False
    created_at: str | None = None
    updated_at: str | None = None


class Deleted(msgspec.Struct):
    """Something that is gone."""

    id: Id


class DeletedReview(msgspec.Struct, kw_only=True):
    """A review that is gone; the rest of it may come along."""

    id: Id
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    product_id: Id | None = None
    customer: Customer | None = None
