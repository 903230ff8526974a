"""Out to others: guarded HTTP, and signed webhooks for those who want to hear of events."""

from regulars.outbound.models import Endpoint
from regulars.outbound.service import HANDLERS, Event, add_endpoint, announce, endpoints
from regulars.outbound.tables import EVENTS

__all__ = ["EVENTS", "HANDLERS", "Endpoint", "Event", "add_endpoint", "announce", "endpoints"]
