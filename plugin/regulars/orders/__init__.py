"""Orders: the newest document of each, its refunds, and what of it stands."""

from regulars.orders.models import Order, OrderLine, Refund
from regulars.orders.queries import Purchases, bought, owners, purchases, second_orders
from regulars.orders.service import KnownOrder, order_ids, read, see
from regulars.orders.standing import Standing, StandingLine, standing

__all__ = [
    "KnownOrder", "Order", "OrderLine", "Purchases", "Refund", "Standing", "StandingLine", "bought",
    "order_ids", "owners", "purchases", "read", "second_orders", "see", "standing",
]  # fmt: skip
