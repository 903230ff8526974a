"""Shopify's bodies, as far as we read them: slim typed structs; what is not listed is skipped unread. Pure.

Old API versions leave out much of this, so almost everything may be absent.
"""

from decimal import Decimal

import msgspec

from regulars_webhooks.bodies import Id, Quantity, Stock


class Money(msgspec.Struct):
    """An amount of a money set."""

    amount: Decimal | None = None


class MoneySet(msgspec.Struct):
    """The same amount for the shop and for the shopper; we read the shop's."""

    shop_money: Money | None = None

    @property
    def shop_amount(self) -> Decimal | None:
        """What the shop counted."""
        return self.shop_money.amount if self.shop_money else None


class Allocation(msgspec.Struct):
    """The part of a discount that fell on a line."""

    amount: Decimal


class TaxLine(msgspec.Struct):
    """One tax on a line or on shipping."""

    price: Decimal | None = None


class Line(msgspec.Struct, kw_only=True):
    """A line item; `price` is for one piece, before discounts."""

    id: Id
    price: Decimal
    quantity: Quantity
    current_quantity: Quantity | None = None
    product_id: Id | None = None
    variant_id: Id | None = None
    sku: str | None = None
    title: str | None = None
    gift_card: bool | None = None
    total_discount: Decimal | None = None
    discount_allocations: list[Allocation] | None = None
    tax_lines: list[TaxLine] | None = None


class ShippingLine(msgspec.Struct):
    """One way of shipping that was paid for."""

    price: Decimal | None = None
    discounted_price: Decimal | None = None
    tax_lines: list[TaxLine] | None = None


class DiscountCode(msgspec.Struct):
    """A code that was used; `type` says whether it touched shipping."""

    amount: Decimal | None = None
    type: str | None = None


class RefundLine(msgspec.Struct, kw_only=True):
    """A line that went back; `subtotal` is after discounts and without tax. Old shapes only embed the line."""

    line_item_id: Id
    quantity: Quantity
    subtotal: Decimal | None = None
    total_tax: Decimal | None = None
    line_item: msgspec.Raw = msgspec.Raw()


class RefundShipping(msgspec.Struct):
    """Shipping that was given back."""

    subtotal_amount_set: MoneySet | None = None


class Adjustment(msgspec.Struct):
    """What else a refund moved, signed: negative was paid out, positive was kept."""

    kind: str | None = None
    amount: Decimal | None = None
    tax_amount: Decimal | None = None


class Transaction(msgspec.Struct):
    """Money that moved, in the currency it moved in."""

    kind: str | None = None
    status: str | None = None
    amount: Decimal | None = None
    currency: str | None = None


class Refund(msgspec.Struct, kw_only=True):
    """A refund, alone or embedded in its order."""

    id: Id
    order_id: Id | None = None
    created_at: str | None = None
    processed_at: str | None = None
    refund_line_items: list[RefundLine] | None = None
    refund_shipping_lines: list[RefundShipping] | None = None
    order_adjustments: list[Adjustment] | None = None
    transactions: list[Transaction] | None = None


class Consent(msgspec.Struct):
    """Whether somebody may be written to."""

    state: str | None = None


class Customer(msgspec.Struct, kw_only=True):
    """A customer, alone or embedded in an order (there without an id for some guests).

    `line_items` is there to notice an order under this topic.
    """

    id: Id | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    accepts_marketing: bool | None = None
    email_marketing_consent: Consent | None = None
    admin_graphql_api_id: str | None = None
    line_items: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Order(msgspec.Struct, kw_only=True):
    """An order. Scalars are in the shop's currency; `*_set` has the shopper's beside it."""

    id: Id
    line_items: list[Line]
    currency: str
    created_at: str | None = None
    processed_at: str | None = None
    updated_at: str | None = None
    cancelled_at: str | None = None
    financial_status: str | None = None
    name: str | None = None
    test: bool | None = None
    taxes_included: bool | None = None
    total_price: Decimal
    total_tax: Decimal | None = None
    total_discounts: Decimal | None = None
    total_tip_received: Decimal | None = None
    total_shipping_price_set: MoneySet | None = None
    shipping_lines: list[ShippingLine] | None = None
    discount_codes: list[DiscountCode] | None = None
    refunds: list[Refund] | None = None
    customer: Customer | None = None
    customer_locale: str | None = None
    email: str | None = None
    contact_email: str | None = None
    order_status_url: str | None = None
    admin_graphql_api_id: str | None = None


class Variant(msgspec.Struct, kw_only=True):
    """One variant of a product."""

    id: Id
    title: str | None = None
    sku: str | None = None
    price: Decimal | None = None
    inventory_quantity: Stock | None = None


class Product(msgspec.Struct, kw_only=True):
    """A product; tags are one text with commas in REST, a list elsewhere."""

    id: Id
    title: str
    variants: list[Variant]
    vendor: str | None = None
    product_type: str | None = None
    tags: str | list[str] | None = None
    created_at: str | None = None
    updated_at: str | None = None
    admin_graphql_api_id: str | None = None


class Deleted(msgspec.Struct, kw_only=True):
    """What is left of something deleted: its id. The other two are there to notice a whole document under this topic."""

    id: Id
    admin_graphql_api_id: str | None = None
    line_items: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    updated_at: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class RefundedLine(msgspec.Struct, kw_only=True):
    """The line as old refunds embed it: enough to know what its pieces were worth."""

    price: Decimal | None = None
    quantity: Quantity = 0
    discount_allocations: list[Allocation] | None = None
