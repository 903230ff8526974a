"""Shopify's order and an order of a file as marshmallow schemas, in full, made once at import."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields


class _Schema(Schema):
    class Meta:
        """A platform adds fields when it likes."""

        unknown = EXCLUDE


def _nested(schema: type[Schema], many: bool = False) -> Any:
    return fields.Nested(schema, many=many, allow_none=True)


def _text() -> fields.String:
    return fields.String(allow_none=True)


def _money() -> fields.Decimal:
    return fields.Decimal(allow_none=True)


class Amount(_Schema):
    """An amount in one currency."""

    amount = fields.Decimal(required=True)
    currency_code = fields.String(required=True)


class Both(_Schema):
    """An amount for the shop and for the shopper."""

    shop_money = _nested(Amount)
    presentment_money = _nested(Amount)


class Tax(_Schema):
    """One tax."""

    title = _text()
    price = _money()
    price_set = _nested(Both)
    rate = fields.Float(allow_none=True)
    channel_liable = fields.Boolean(allow_none=True)


class Discount(_Schema):
    """What a discount took off a line."""

    amount = fields.Decimal(required=True)
    amount_set = _nested(Both)
    discount_application_index = fields.Integer()


class Line(_Schema):
    """A line item."""

    id = fields.Integer(required=True)
    admin_graphql_api_id = _text()
    product_id = fields.Integer(allow_none=True)
    variant_id = fields.Integer(allow_none=True)
    title = fields.String(required=True)
    name = _text()
    variant_title = _text()
    vendor = _text()
    sku = _text()
    quantity = fields.Integer(required=True)
    current_quantity = fields.Integer(allow_none=True)
    fulfillable_quantity = fields.Integer(allow_none=True)
    fulfillment_service = _text()
    fulfillment_status = _text()
    price = fields.Decimal(required=True)
    price_set = _nested(Both)
    total_discount = _money()
    total_discount_set = _nested(Both)
    grams = fields.Integer(allow_none=True)
    gift_card = fields.Boolean(allow_none=True)
    taxable = fields.Boolean(allow_none=True)
    requires_shipping = fields.Boolean(allow_none=True)
    product_exists = fields.Boolean(allow_none=True)
    properties = fields.List(fields.Dict())
    tax_lines = _nested(Tax, many=True)
    discount_allocations = _nested(Discount, many=True)


class Address(_Schema):
    """Where somebody lives."""

    first_name = _text()
    last_name = _text()
    name = _text()
    company = _text()
    address1 = _text()
    address2 = _text()
    city = _text()
    zip = _text()
    province = _text()
    province_code = _text()
    country = _text()
    country_code = _text()
    phone = _text()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)


class Customer(_Schema):
    """Who ordered."""

    id = fields.Integer(required=True)
    admin_graphql_api_id = _text()
    email = fields.Email(allow_none=True)
    first_name = _text()
    last_name = _text()
    phone = _text()
    state = _text()
    note = _text()
    tags = _text()
    currency = _text()
    verified_email = fields.Boolean(allow_none=True)
    tax_exempt = fields.Boolean(allow_none=True)
    created_at = fields.AwareDateTime(allow_none=True)
    updated_at = fields.AwareDateTime(allow_none=True)
    default_address = _nested(Address)


class Shipping(_Schema):
    """A way of shipping."""

    id = fields.Integer()
    code = _text()
    title = _text()
    source = _text()
    price = _money()
    price_set = _nested(Both)
    discounted_price = _money()
    discounted_price_set = _nested(Both)
    tax_lines = _nested(Tax, many=True)
    discount_allocations = _nested(Discount, many=True)


class Code(_Schema):
    """A discount code."""

    code = fields.String(required=True)
    amount = _money()
    type = _text()


class Order(_Schema):
    """An order, as Shopify documents it."""

    id = fields.Integer(required=True)
    admin_graphql_api_id = _text()
    app_id = fields.Integer(allow_none=True)
    name = fields.String(required=True)
    number = fields.Integer(allow_none=True)
    order_number = fields.Integer(allow_none=True)
    confirmation_number = _text()
    token = _text()
    cart_token = _text()
    checkout_token = _text()
    email = _text()
    contact_email = _text()
    phone = _text()
    note = _text()
    tags = _text()
    currency = fields.String(required=True)
    presentment_currency = _text()
    customer_locale = _text()
    browser_ip = _text()
    landing_site = _text()
    referring_site = _text()
    source_name = _text()
    order_status_url = fields.Url(allow_none=True)
    financial_status = _text()
    fulfillment_status = _text()
    cancel_reason = _text()
    buyer_accepts_marketing = fields.Boolean(allow_none=True)
    confirmed = fields.Boolean(allow_none=True)
    taxes_included = fields.Boolean(allow_none=True)
    test = fields.Boolean(allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    processed_at = fields.AwareDateTime(allow_none=True)
    updated_at = fields.AwareDateTime(allow_none=True)
    cancelled_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    payment_gateway_names = fields.List(fields.String())
    subtotal_price = _money()
    subtotal_price_set = _nested(Both)
    total_price = fields.Decimal(required=True)
    total_price_set = _nested(Both)
    total_tax = _money()
    total_tax_set = _nested(Both)
    total_discounts = _money()
    total_discounts_set = _nested(Both)
    total_line_items_price = _money()
    total_line_items_price_set = _nested(Both)
    total_shipping_price_set = _nested(Both)
    total_tip_received = _money()
    total_weight = fields.Integer(allow_none=True)
    current_subtotal_price = _money()
    current_total_price = _money()
    current_total_tax = _money()
    current_total_discounts = _money()
    discount_codes = _nested(Code, many=True)
    note_attributes = fields.List(fields.Dict())
    customer = _nested(Customer)
    billing_address = _nested(Address)
    shipping_address = _nested(Address)
    line_items = fields.Nested(Line, many=True, required=True)
    shipping_lines = _nested(Shipping, many=True)
    tax_lines = _nested(Tax, many=True)


class HistoryLine(_Schema):
    """A line of an order from a file."""

    id = fields.String(required=True)
    product_id = _text()
    sku = _text()
    title = fields.String(required=True)
    quantity = fields.Integer(required=True)
    net = fields.Decimal(required=True)


class HistoryCustomer(_Schema):
    """Who ordered, in a file."""

    id = fields.String(required=True)
    email = fields.Email(allow_none=True)
    name = _text()


class HistoryOrder(_Schema):
    """An order from a file, one a line."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    placed_at = fields.AwareDateTime(required=True)
    currency = fields.String(required=True)
    status = fields.String(required=True)
    total = fields.Decimal(required=True)
    customer = fields.Nested(HistoryCustomer, required=True)
    lines = fields.Nested(HistoryLine, many=True, required=True)


ORDER = Order()
HISTORY_ORDER = HistoryOrder()
