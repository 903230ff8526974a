"""Shopify: its addresses, its signature, its topics, its words."""

from regulars_webhooks.shopify.normalise import normalise
from regulars_webhooks.shopify.routes import ADDRESSES, blueprint

KIND = "shopify"

__all__ = ["ADDRESSES", "KIND", "blueprint", "normalise"]
