"""Writes an order down as the body of the platform's order webhooks."""

from typing import Any

from regulars.demo.money import ZERO, Bag, amount_text, money_set, total, with_set
from regulars.demo.orders import Line, Order
from regulars.demo.people import customer_reference, postal_address
from regulars.demo.shop import SHOP, Body, gid, local_iso


def order_body(order: Order) -> Body:
    """The order as it stands now, every key of a real body."""
    return {
        **_identity(order),
        **_times(order),
        **_sums(order),
        **_current_sums(order),
        **_origin(order),
        "financial_status": order.financial_status,
        "fulfillment_status": "fulfilled" if order.fulfilled_at else None,
        "discount_codes": _discount_codes(order),
        "discount_applications": _discount_applications(order),
        "tax_lines": _order_tax_lines(order),
        "billing_address": postal_address(order.buyer),
        "shipping_address": postal_address(order.buyer),
        "customer": customer_reference(order.customer) if order.customer else None,
        "fulfillments": _fulfillments(order),
        "line_items": [line_body(line, order) for line in order.lines],
        "line_item_groups": [],
        "payment_terms": None,
        "refunds": list(order.refunds),
        "returns": [],
        "shipping_lines": [shipping_line_body(order)],
    }


def line_body(line: Line, order: Order) -> Body:
    """One line item, as orders and refunds carry it."""
    named = len(line.product.variants) > 1
    title = line.variant.title if named else None
    left = 0 if order.fulfilled_at else line.current_quantity
    return {
        "id": line.id,
        "admin_graphql_api_id": gid("LineItem", line.id),
        "attributed_staffs": [],
        "current_quantity": line.current_quantity,
        "fulfillable_quantity": left,
        "fulfillment_service": "gift_card" if line.product.gift_card else "manual",
        "fulfillment_status": "fulfilled" if order.fulfilled_at else None,
        "gift_card": line.product.gift_card,
        "grams": line.variant.grams,
        "name": f"{line.product.title} - {title}" if title else line.product.title,
        **with_set("price", line.unit, order.currency),
        "product_exists": True,
        "product_id": line.product.id,
        "properties": [],
        "quantity": line.quantity,
        "requires_shipping": not line.product.gift_card,
        "sales_line_item_group_id": None,
        "sku": line.variant.sku,
        "taxable": not line.product.gift_card,
        "title": line.product.title,
        **with_set("total_discount", ZERO, order.currency),
        "variant_id": line.variant.id,
        "variant_inventory_management": "shopify",
        "variant_title": title,
        "vendor": line.product.vendor,
        "tax_lines": _tax_lines(line.tax, line.tax_percent, order),
        "duties": [],
        "discount_allocations": _allocation(line.discount, order),
    }


def shipping_line_body(order: Order) -> Body:
    """The one shipping line of the order."""
    return {
        "id": order.shipping_line_id,
        "carrier_identifier": None,
        "current_discounted_price_set": money_set(order.standing_shipping, order.currency),
        "code": order.shipping_title,
        **with_set("discounted_price", order.shipping, order.currency),
        "is_removed": False,
        "phone": None,
        **with_set("price", order.shipping_listed, order.currency),
        "requested_fulfillment_service_id": None,
        "source": "shopify",
        "title": order.shipping_title,
        "tax_lines": _tax_lines(order.shipping_tax, order.buyer.market.tax_percent, order),
        "discount_allocations": _allocation(order.shipping_discount, order),
    }


def _identity(order: Order) -> Body:
    status_url = f"https://{SHOP.domain}/{SHOP.shop_id}/orders/{order.token}/authenticate?key={order.token[::-1]}"
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "confirmation_number": order.token[:9].upper(),
        "confirmed": True,
        "contact_email": order.buyer.email,
        "email": order.buyer.email,
        "name": f"#{order.number}",
        "note": None,
        "note_attributes": [],
        "number": order.number - 1000,
        "order_number": order.number,
        "order_status_url": status_url,
        "phone": None,
        "po_number": None,
        "tags": ", ".join(order.tags),
        "test": order.test,
        "token": order.token,
    }


def _times(order: Order) -> Body:
    return {
        "cancel_reason": order.cancel_reason,
        "cancelled_at": local_iso(order.cancelled_at) if order.cancelled_at else None,
        "closed_at": None,
        "created_at": local_iso(order.created_at),
        "processed_at": local_iso(order.created_at),
        "updated_at": local_iso(order.updated_at),
    }


def _sums(order: Order) -> Body:
    currency = order.currency
    listed = total([line.listed for line in order.lines])
    discounts = total([line.discount for line in order.lines]) + order.shipping_discount
    outstanding = order.standing_total - order.paid + order.money_refunded if _owed(order) else ZERO
    return {
        "currency": SHOP.currency,
        "presentment_currency": currency,
        **with_set("subtotal_price", order.subtotal, currency),
        **with_set("total_discounts", discounts, currency),
        **with_set("total_line_items_price", listed, currency),
        "total_outstanding": amount_text(outstanding.shop_minor),
        **with_set("total_price", order.total, currency),
        "total_shipping_price_set": money_set(order.shipping, currency),
        **with_set("total_tax", order.tax, currency),
        "total_tip_received": amount_text(order.tip.shop_minor),
        "total_weight": sum(line.variant.grams * line.quantity for line in order.lines),
        "total_cash_rounding_payment_adjustment_set": money_set(ZERO, currency),
        "total_cash_rounding_refund_adjustment_set": money_set(ZERO, currency),
        "original_total_additional_fees_set": None,
        "original_total_duties_set": None,
        "taxes_included": order.taxes_included,
        "tax_exempt": False,
        "estimated_taxes": False,
        "duties_included": False,
    }


def _owed(order: Order) -> bool:
    # Nothing is owed once money went back or the order is off; an edit after payment leaves a credit.
    return order.cancelled_at is None and not order.money_refunded


def _current_sums(order: Order) -> Body:
    currency = order.currency
    shipping_discount = ZERO if order.cancelled_at else order.shipping_discount
    discounts = total([line.share(line.discount) for line in order.lines]) + shipping_discount
    return {
        "current_shipping_price_set": money_set(order.standing_shipping, currency),
        **with_set("current_subtotal_price", order.standing_subtotal, currency),
        "current_total_additional_fees_set": None,
        **with_set("current_total_discounts", discounts, currency),
        "current_total_duties_set": None,
        **with_set("current_total_price", order.standing_total, currency),
        **with_set("current_total_tax", order.standing_tax, currency),
    }


def _origin(order: Order) -> Body:
    unset = (
        "browser_ip cart_token checkout_token client_details device_id landing_site landing_site_ref location_id "
        "merchant_of_record_app_id reference referring_site source_identifier source_url user_id"
    )
    return {
        **dict.fromkeys(unset.split()),
        "app_id": 580111,
        "buyer_accepts_marketing": order.buyer.consent,
        "customer_locale": order.buyer.market.locale,
        "merchant_business_entity_id": None,
        "payment_gateway_names": list(order.gateways),
        "source_name": "web",
    }


def _discount_codes(order: Order) -> list[Body]:
    code = order.code
    return [{"code": code.code, "amount": amount_text(code.amount.shop_minor), "type": code.kind}] if code else []


def _discount_applications(order: Order) -> list[Body]:
    if order.code is None:
        return []
    shipping = order.code.kind == "shipping"
    return [
        {
            "target_type": "shipping_line" if shipping else "line_item",
            "type": "discount_code",
            "value": order.code.value,
            "value_type": "percentage" if shipping else order.code.kind,
            "allocation_method": "each" if shipping else "across",
            "target_selection": "all",
            "code": order.code.code,
        }
    ]


def _allocation(share: Bag, order: Order) -> list[Body]:
    if not share:
        return []
    return [
        {
            "amount": amount_text(share.shop_minor),
            "amount_set": money_set(share, order.currency),
            "discount_application_index": 0,
        }
    ]


def _tax_lines(tax: Bag, percent: int, order: Order) -> list[Body]:
    if not percent:
        return []
    pair = with_set("price", tax, order.currency)
    return [{"channel_liable": False, **pair, "rate": percent / 100, "title": f"{order.buyer.market.country_code} VAT"}]


def _order_tax_lines(order: Order) -> list[Body]:
    by_percent: dict[int, list[Bag]] = {}
    for line in order.lines:
        by_percent.setdefault(line.tax_percent, []).append(line.tax)
    by_percent.setdefault(order.buyer.market.tax_percent, []).append(order.shipping_tax)
    return [tax for percent, taxes in by_percent.items() for tax in _tax_lines(total(taxes), percent, order)]


def _fulfillments(order: Order) -> list[dict[str, Any]]:
    if order.fulfilled_at is None or order.fulfillment_id is None:
        return []
    at = local_iso(order.fulfilled_at)
    return [
        {
            "id": order.fulfillment_id,
            "admin_graphql_api_id": gid("Fulfillment", order.fulfillment_id),
            "created_at": at,
            "location_id": 71_350_223_019,
            "name": f"#{order.number}.1",
            "order_id": order.id,
            "origin_address": {},
            "receipt": {},
            "service": "manual",
            "shipment_status": None,
            "status": "success",
            "tracking_company": None,
            "tracking_number": None,
            "tracking_numbers": [],
            "tracking_url": None,
            "tracking_urls": [],
            "updated_at": at,
            "line_items": [line_body(line, order) for line in order.lines],
        }
    ]
