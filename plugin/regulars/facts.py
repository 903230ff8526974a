"""The facts that cross rooms: what a platform told us, in our words. Pure.

A normaliser makes them, `pipeline.apply` takes them. Money is integer minor units of the shop's currency, times are UTC,
ids are the platform's ids as text. A fact says what was seen, never what follows from it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PaymentStatus(StrEnum):
    """How far the payment of an order has come, from least to most final."""

    PENDING = "pending"  # nothing, or not all, of the money is there
    PAID = "paid"  # all of the money is there (or was, and a part went back)
    REFUNDED = "refunded"  # all of the money went back
    VOIDED = "voided"  # the payment never happened and never will


class Origin(StrEnum):
    """Why we are told now."""

    LIVE = "live"  # it has just happened
    BACKFILL = "backfill"  # history: moves points and stages, writes no messages


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """Who a fact speaks about, as far as the platform says: at least one field is set."""

    id: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class LineSeen:
    """One line of an order. `net_minor` is after every discount and without tax; for the whole line, not a piece."""

    id: str
    quantity: int
    current_quantity: int
    net_minor: int
    product_id: str | None = None
    variant_id: str | None = None
    sku: str | None = None
    title: str = ""
    gift_card: bool = False


@dataclass(frozen=True, slots=True)
class RefundLine:
    """A part of a line that went back: pieces, and their amount after discounts and without tax."""

    line_id: str
    quantity: int
    net_minor: int


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """A refund of an order, by lines or of money alone. `money_minor` is what was really paid back, tax included."""

    order_id: str
    id: str
    occurred_at: datetime
    lines: tuple[RefundLine, ...] = ()
    money_minor: int = 0


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """The newest state of an order as one document of the platform shows it."""

    id: str
    placed_at: datetime
    updated_at: datetime
    currency: str
    payment: PaymentStatus
    total_minor: int
    lines: tuple[LineSeen, ...]
    customer: CustomerRef | None = None
    name: str = ""
    cancelled: bool = False
    test: bool = False
    shipping_minor: int = 0
    tax_minor: int = 0
    tip_minor: int = 0
    refunds: tuple[RefundSeen, ...] = ()
    body_hash: str = ""

    @property
    def occurred_at(self) -> datetime:
        """When the platform last touched it."""
        return self.updated_at


@dataclass(frozen=True, slots=True)
class OrderDeleted:
    """The platform no longer has this order: it counts as cancelled."""

    id: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerSeen:
    """A customer as the platform knows them."""

    customer: CustomerRef
    occurred_at: datetime
    marketing_consent: bool | None = None


@dataclass(frozen=True, slots=True)
class CustomerDeleted:
    """The platform deleted this customer."""

    id: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class VariantSeen:
    """One variant of a product; money in minor units of the shop's currency."""

    id: str
    title: str = ""
    sku: str | None = None
    price_minor: int | None = None
    unit_cost_minor: int | None = None
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class ProductSeen:
    """A product of the shop's catalogue."""

    id: str
    title: str
    occurred_at: datetime
    vendor: str | None = None
    product_type: str | None = None
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    variants: tuple[VariantSeen, ...] = ()
    deleted: bool = False


class ReviewStatus(StrEnum):
    """Where a review stands with the review app."""

    PENDING = "pending"
    APPROVED = "approved"
    HIDDEN = "hidden"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class ReviewSeen:
    """A review of a product as the review app shows it; rating from 1 to 5."""

    source: str
    id: str
    occurred_at: datetime
    status: ReviewStatus
    rating: int
    product_id: str | None = None
    customer: CustomerRef | None = None
    title: str = ""
    body: str = ""
    has_photo: bool = False


Fact = OrderSeen | OrderDeleted | RefundSeen | CustomerSeen | CustomerDeleted | ProductSeen | ReviewSeen

#: Every fact by its name, for the documentation and for those who dispatch.
FACTS = (OrderSeen, OrderDeleted, RefundSeen, CustomerSeen, CustomerDeleted, ProductSeen, ReviewSeen)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one delivery turned into: its facts, or why there are none."""

    facts: tuple[Fact, ...] = ()
    ignored: str | None = None
    customer_id: str | None = None
    order_id: str | None = None
