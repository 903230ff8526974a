"""Kavárna Morava: a small believable shop made from a seed, its history and its day, as webhooks to be sent."""

from regulars.demo.expected import expectations
from regulars.demo.live import live_events
from regulars.demo.people import FeaturedCustomer, featured_customer
from regulars.demo.shop import SHOP, DemoEvent, ShopFacts
from regulars.demo.stream import generate

__all__ = [
    "SHOP",
    "DemoEvent",
    "FeaturedCustomer",
    "ShopFacts",
    "expectations",
    "featured_customer",
    "generate",
    "live_events",
]
