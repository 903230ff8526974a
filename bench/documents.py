"""Orders as Shopify sends them: the whole document, about 10 kB, three lines, a customer picked at random."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

CUSTOMERS = 100_000
DOMAIN = "bench-shop.myshopify.com"
_GOODS = [
    ("Ethiopia Yirgacheffe 250 g", "COF-ETH-250", 1190), ("Colombia Huila 1 kg", "COF-COL-1000", 3290),
    ("House Espresso 500 g", "COF-ESP-500", 1690), ("Paper filters, 100 pieces", "ACC-FIL-100", 690),
    ("Ceramic dripper, size 2", "ACC-DRI-2", 2450), ("Hand grinder, 40 mm steel burrs", "ACC-GRI-40", 7900),
    ("Enamel mug, 350 ml", "ACC-MUG-350", 1450), ("Decaf Mexico 250 g", "COF-DEC-250", 1290),
]  # fmt: skip
_STREETS = ("Dlouhá", "Krátká", "Lipová", "Zahradní", "Nádražní", "Školní")
_NAMES = ("Ada", "Bea", "Cid", "Dora", "Emil", "Františka", "Gita", "Hynek")


@dataclass(frozen=True, slots=True)
class Order:
    """One order: its document as bytes, whose it is, and the points that one point per whole euro of its goods gives."""

    id: int
    customer: int
    points: int
    body: bytes


class Orders:
    """Orders with ids that never repeat; `pick` chooses who orders."""

    def __init__(self, seed: int, customers: int = CUSTOMERS) -> None:
        self._random = random.Random(seed)
        self._customers = customers
        self._next = 5_400_000_000_000 + seed * 1_000_000

    def take(self, count: int) -> list[Order]:
        """The next orders, placed now."""
        return list(self._orders(count))

    def _orders(self, count: int) -> Iterator[Order]:
        for _ in range(count):
            customer = self._random.randrange(1, self._customers + 1)
            self._next += 1
            goods = self._random.sample(_GOODS, 3)
            yield order(self._next, customer, [(*one, self._random.randint(1, 3)) for one in goods], datetime.now(UTC))


def order(number: int, customer: int, goods: list[tuple[str, str, int, int]], placed_at: datetime) -> Order:
    """One paid order of (title, SKU, price of a piece in cents, pieces); 5 % off its first line, 21 % tax on top."""
    lines = [_line(number * 10 + place, place == 0, *one) for place, one in enumerate(goods)]
    gross = sum(price * pieces for _, _, price, pieces in goods)
    discount = goods[0][2] * goods[0][3] // 20
    net = gross - discount
    tax = sum(round((price * pieces) * 21 / 100) for _, _, price, pieces in goods)
    moment = placed_at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    document = _head(number, moment, discount) | _totals(gross, discount, net, tax) | {
        "line_items": lines, "customer": _customer(customer, moment), "billing_address": _address(customer),
        "shipping_address": _address(customer), "shipping_lines": [_shipping(number)], "fulfillments": [], "refunds": [],
        "tax_lines": [{"price": _euro(tax), "rate": 0.21, "title": "CZ VAT", "price_set": _both(tax), "channel_liable": False}],
    }  # fmt: skip
    return Order(number, customer, net // 100, orjson.dumps(document))


def _head(number: int, moment: str, discount: int) -> dict[str, Any]:
    token = f"{number:032x}"
    return {
        "id": number, "admin_graphql_api_id": f"gid://shopify/Order/{number}", "app_id": 580111,
        "browser_ip": "192.0.2.17", "buyer_accepts_marketing": False, "cancel_reason": None, "cancelled_at": None,
        "cart_token": token, "checkout_id": number + 7, "checkout_token": token,
        "client_details": {
            "accept_language": "cs-CZ", "browser_height": None, "browser_ip": "192.0.2.17", "browser_width": None,
            "session_hash": None, "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
        },
        "closed_at": None, "company": None, "confirmation_number": f"C{number % 10**8:08d}", "confirmed": True,
        "contact_email": None, "created_at": moment, "currency": "EUR", "customer_locale": "cs-CZ", "device_id": None,
        "discount_codes": [{"code": "COFFEE5", "amount": _euro(discount), "type": "percentage"}],
        "discount_applications": [
            {
                "target_type": "line_item", "type": "discount_code", "value": "5.0", "value_type": "percentage",
                "allocation_method": "each", "target_selection": "entitled", "code": "COFFEE5",
            }
        ],
        "duties_included": False, "estimated_taxes": False, "financial_status": "paid", "fulfillment_status": None,
        "landing_site": "/products/house-espresso?variant=1", "landing_site_ref": None, "location_id": None,
        "merchant_business_entity_id": "MTU0ODM4MDAwOQ", "merchant_of_record_app_id": None, "name": f"#{number % 10**6}",
        "note": None, "note_attributes": [], "number": number % 10**6, "order_number": number % 10**6 + 1000,
        "order_status_url": f"https://{DOMAIN}/1/orders/{token}/authenticate?key={token[:16]}", "original_total_additional_fees_set": None,
        "original_total_duties_set": None, "payment_gateway_names": ["visa", "bogus"], "payment_terms": None, "phone": None,
        "po_number": None, "presentment_currency": "EUR", "processed_at": moment, "reference": None,
        "referring_site": "https://search.example/", "source_identifier": None, "source_name": "web", "source_url": None,
        "tags": "coffee, first-box", "tax_exempt": False, "taxes_included": False, "test": False, "token": token,
        "updated_at": moment, "user_id": None,
    }  # fmt: skip


def _totals(gross: int, discount: int, net: int, tax: int) -> dict[str, Any]:
    total = net + tax + 490
    sums = {
        "subtotal_price": net, "total_discounts": discount, "total_line_items_price": gross, "total_price": total, "total_tax": tax,
        "current_subtotal_price": net, "current_total_discounts": discount, "current_total_price": total, "current_total_tax": tax,
    }  # fmt: skip
    plain = {name: _euro(cents) for name, cents in sums.items()}
    sets = {f"{name}_set": _both(cents) for name, cents in sums.items()}
    more = {
        "total_outstanding": "0.00", "total_shipping_price_set": _both(490), "total_tip_received": "0.00", "total_weight": 1250,
        "current_total_additional_fees_set": None, "current_total_duties_set": None, "total_cash_rounding_payment_adjustment_set": _both(0),
    }  # fmt: skip
    return plain | sets | more


def _line(number: int, discounted: bool, title: str, sku: str, price: int, pieces: int) -> dict[str, Any]:
    off = price * pieces // 20 if discounted else 0
    tax = round(price * pieces * 21 / 100)
    given = [{"amount": _euro(off), "amount_set": _both(off), "discount_application_index": 0}] if off else []
    return {
        "id": number, "admin_graphql_api_id": f"gid://shopify/LineItem/{number}", "attributed_staffs": [],
        "current_quantity": pieces, "fulfillable_quantity": pieces, "fulfillment_service": "manual",
        "fulfillment_status": None, "gift_card": False, "grams": 250, "name": title, "price": _euro(price),
        "price_set": _both(price), "product_exists": True, "product_id": 8_000_000 + price, "properties": [],
        "quantity": pieces, "requires_shipping": True, "sales_line_item_group_id": None, "sku": sku, "taxable": True, "title": title,
        "total_discount": "0.00", "total_discount_set": _both(0), "variant_id": 9_000_000 + price,
        "variant_inventory_management": "shopify", "variant_title": None, "vendor": "Kavárna Morava",
        "tax_lines": [{"channel_liable": False, "price": _euro(tax), "price_set": _both(tax), "rate": 0.21, "title": "CZ VAT"}],
        "duties": [], "discount_allocations": given,
    }  # fmt: skip


def _customer(number: int, moment: str) -> dict[str, Any]:
    name = _NAMES[number % len(_NAMES)]
    return {
        "id": number, "email": f"shopper{number}@example.com", "created_at": moment, "updated_at": moment,
        "first_name": name, "last_name": f"Shopper{number}", "state": "disabled", "note": None, "verified_email": True,
        "multipass_identifier": None, "tax_exempt": False, "phone": None, "currency": "EUR", "tax_exemptions": [],
        "email_marketing_consent": {"state": "not_subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": None},
        "sms_marketing_consent": None, "tags": "", "admin_graphql_api_id": f"gid://shopify/Customer/{number}",
        "default_address": {"id": number + 3, "customer_id": number, "country_name": "Czech Republic", "default": True}
        | _address(number),
    }  # fmt: skip


def _address(number: int) -> dict[str, Any]:
    name, street = _NAMES[number % len(_NAMES)], _STREETS[number % len(_STREETS)]
    return {
        "first_name": name, "last_name": f"Shopper{number}", "name": f"{name} Shopper{number}", "company": None,
        "address1": f"{street} {number % 200 + 1}", "address2": None, "city": "Brno", "zip": "602 00", "province": None,
        "country": "Czech Republic", "country_code": "CZ", "province_code": None, "phone": None, "latitude": 49.19,
        "longitude": 16.6,
    }  # fmt: skip


def _shipping(number: int) -> dict[str, Any]:
    return {
        "id": number + 11, "carrier_identifier": None, "code": "Standard", "current_discounted_price_set": _both(490),
        "discounted_price": _euro(490), "discounted_price_set": _both(490), "is_removed": False, "phone": None,
        "price": _euro(490), "price_set": _both(490), "requested_fulfillment_service_id": None, "source": "shopify",
        "title": "Standard", "tax_lines": [], "discount_allocations": [],
    }  # fmt: skip


def _euro(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _both(cents: int) -> dict[str, Any]:
    one = {"amount": _euro(cents), "currency_code": "EUR"}
    return {"shop_money": one, "presentment_money": one}
