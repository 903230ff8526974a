"""Every topic of Shopify that we know: what reads it, or why it is left alone. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """`reads` names the kind of document; a topic without one is kept, marked ignored, and `ignored` says why."""

    reads: str | None = None
    ignored: str | None = None


_LATER_UPDATE = "the orders/updated that follows carries the change"
_WHOLE_STORE = "handled from the release that connects stores whole"
_NOT_NEEDED = "it changes neither points nor stages"

TOPICS = {
    "orders/create": Topic("order"),
    "orders/paid": Topic("order"),
    "orders/updated": Topic("order"),
    "orders/cancelled": Topic("order"),
    "orders/fulfilled": Topic("order"),
    "orders/partially_fulfilled": Topic("order"),
    "orders/delete": Topic("order deleted"),
    "refunds/create": Topic("refund"),
    "customers/create": Topic("customer"),
    "customers/update": Topic("customer"),
    "customers/enable": Topic("customer"),
    "customers/disable": Topic("customer"),
    "customers/delete": Topic("customer deleted"),
    "products/create": Topic("product"),
    "products/update": Topic("product"),
    "products/delete": Topic("product deleted"),
    "orders/edited": Topic(ignored=_LATER_UPDATE),
    "order_transactions/create": Topic(ignored=_LATER_UPDATE),
    "customers/merge": Topic(ignored="the orders/updated of each moved order carries its new customer"),
    "customers/purchasing_summary": Topic(ignored="sums are counted from the orders themselves"),
    "customers_email_marketing_consent/update": Topic(ignored=_WHOLE_STORE),
    "customers_marketing_consent/update": Topic(ignored=_WHOLE_STORE),
    "customers_whats_app_marketing_consent/update": Topic(ignored=_WHOLE_STORE),
    "customers/data_request": Topic(ignored=_WHOLE_STORE),
    "customers/redact": Topic(ignored=_WHOLE_STORE),
    "shop/redact": Topic(ignored=_WHOLE_STORE),
    "shop/update": Topic(ignored=_WHOLE_STORE),
    "app/uninstalled": Topic(ignored=_WHOLE_STORE),
    "app/scopes_update": Topic(ignored=_WHOLE_STORE),
    "tender_transactions/create": Topic(ignored=_NOT_NEEDED),
    "customer.tags_added": Topic(ignored=_NOT_NEEDED),
    "customer.tags_removed": Topic(ignored=_NOT_NEEDED),
    "customer.joined_segment": Topic(ignored=_NOT_NEEDED),
    "customer.left_segment": Topic(ignored=_NOT_NEEDED),
    "checkouts/create": Topic(ignored=_NOT_NEEDED),
    "checkouts/update": Topic(ignored=_NOT_NEEDED),
    "checkouts/delete": Topic(ignored=_NOT_NEEDED),
    "carts/create": Topic(ignored=_NOT_NEEDED),
    "carts/update": Topic(ignored=_NOT_NEEDED),
    "draft_orders/create": Topic(ignored=_NOT_NEEDED),
    "draft_orders/update": Topic(ignored=_NOT_NEEDED),
    "draft_orders/delete": Topic(ignored=_NOT_NEEDED),
    "discounts/redeemcode_added": Topic(ignored=_NOT_NEEDED),
    "discounts/update": Topic(ignored=_NOT_NEEDED),
    "returns/approve": Topic(ignored="points follow the refund, which comes as refunds/create"),
    "segments/create": Topic(ignored=_NOT_NEEDED),
}
