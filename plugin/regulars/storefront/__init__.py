"""The storefront: the widget, what it asks, and the tokens with which shoppers ask for their own."""

from regulars.storefront.queries import Desk
from regulars.storefront.routes import blueprint, door
from regulars.storefront.service import customer_of, issue_token

__all__ = ["Desk", "blueprint", "customer_of", "door", "issue_token"]
