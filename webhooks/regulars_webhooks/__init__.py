"""The second of the three packages: what the shop speaks to."""

from regulars_webhooks.extension import Webhooks

__all__ = ["Webhooks"]
