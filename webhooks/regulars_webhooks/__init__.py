"""The second of the three packages: what the shop speaks to."""

from regulars_webhooks.extension import Webhooks, open_express_door

__all__ = ["Webhooks", "open_express_door"]
