"""Messages to shoppers: asked for once, allowed or skipped with a reason, written in their language, sent by mail."""

from regulars.messaging.models import Message
from regulars.messaging.queries import WORDS, Words, to_customer
from regulars.messaging.service import HANDLERS, NewMessage, queue
from regulars.messaging.tables import TEMPLATES

__all__ = [
    "HANDLERS", "TEMPLATES", "WORDS", "Message", "NewMessage", "Words", "queue", "to_customer",
]  # fmt: skip
