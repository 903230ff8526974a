"""Our documented standard JSON, signed by Standard Webhooks: the address for shops of any make."""

from regulars_webhooks.standard.normalise import normalise
from regulars_webhooks.standard.routes import ADDRESSES, blueprint

KIND = "standard"

__all__ = ["ADDRESSES", "KIND", "blueprint", "normalise"]
