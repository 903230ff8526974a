"""Every table of this package, gathered for migrations and for the privacy of a shop."""

from regulars_webhooks.imports.models import ImportRow
from regulars_webhooks.inbox.models import InboxRow

__all__ = ["ImportRow", "InboxRow"]
