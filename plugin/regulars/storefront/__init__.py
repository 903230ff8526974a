"""The storefront: the widget, what it asks, and the tokens with which shoppers ask for their own."""

from regulars.storefront.routes import blueprint
from regulars.storefront.service import customer_of, issue_token

__all__ = ["blueprint", "customer_of", "issue_token"]
