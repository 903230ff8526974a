"""The inbox: receive, keep, hand on."""

from regulars_webhooks.inbox.models import InboxRow
from regulars_webhooks.inbox.service import (
    APP,
    NORMALISERS,
    Delivery,
    Normaliser,
    body_of,
    handle,
    keep,
    keep_rows,
    purge,
    row_of,
)

__all__ = [
    "APP", "NORMALISERS", "Delivery", "InboxRow", "Normaliser", "body_of", "handle", "keep", "keep_rows", "purge", "row_of",
]  # fmt: skip
