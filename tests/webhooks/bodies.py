"""Bodies for these tests, small and made here; every test changes only what it is about."""

import json
from datetime import UTC, datetime
from typing import Any

from regulars_webhooks.bodies import Envelope

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def order(**changes: Any) -> dict[str, Any]:
    """A paid order of two mugs at 60.25 with 10.25 off, 7.00 shipping and 9.00 tax on top."""
    return {
        "id": 900001,
        "name": "#1001",
        "created_at": "2026-11-20T10:00:00-05:00",
        "updated_at": "2026-11-20T10:05:00-05:00",
        "currency": "USD",
        "financial_status": "paid",
        "total_price": "126.25",
        "total_tax": "9.00",
        "taxes_included": False,
        "total_shipping_price_set": {"shop_money": {"amount": "7.00", "currency_code": "USD"}},
        "customer": {"id": 1001, "email": "a1@example.com", "first_name": "Ada", "last_name": "One"},
        "line_items": [line()],
        "refunds": [],
    } | changes


def line(**changes: Any) -> dict[str, Any]:
    """Two mugs at 60.25, 10.25 off."""
    return {
        "id": 11,
        "product_id": 21,
        "variant_id": 31,
        "title": "Mug",
        "price": "60.25",
        "quantity": 2,
        "current_quantity": 2,
        "gift_card": False,
        "discount_allocations": [{"amount": "10.25"}],
        "tax_lines": [{"price": "9.00"}],
    } | changes


def refund(**changes: Any) -> dict[str, Any]:
    """One of the two mugs, its money paid back."""
    return {
        "id": 41,
        "order_id": 900001,
        "created_at": "2026-11-21T10:00:00-05:00",
        "refund_line_items": [{"line_item_id": 11, "quantity": 1, "subtotal": 55.12, "total_tax": 4.5}],
        "transactions": [{"kind": "refund", "status": "success", "amount": "59.62", "currency": "USD"}],
    } | changes


def envelope(body: Any, topic: str = "orders/updated", **changes: Any) -> Envelope:
    """A delivery of this body (JSON unless it is bytes) to alpha-test, a shop in USD."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    known: dict[str, Any] = {"currency": "USD", "domain": "alpha-test.myshopify.com", "received_at": NOW}
    return Envelope(topic=topic, body=data, **(known | changes))
