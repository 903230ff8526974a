"""Messages to shoppers: asked for once, allowed or skipped with a reason, written in their language, sent by mail."""

from regulars.messaging.models import Message
from regulars.messaging.queries import to_customer
from regulars.messaging.service import HANDLERS, NewMessage, queue
from regulars.messaging.tables import TEMPLATES

__all__ = ["HANDLERS", "TEMPLATES", "Message", "NewMessage", "queue", "to_customer"]
