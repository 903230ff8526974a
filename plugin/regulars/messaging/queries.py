"""What is asked about messages."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars.messaging.models import Message


def by_key(session: Session, shop_id: int, key: str) -> Message | None:
    """The message with this key, if it was ever asked for."""
    return session.scalar(select(Message).where(Message.shop_id == shop_id, Message.key == key))


def to_customer(session: Session, shop_id: int, customer_id: str, limit: int = 50) -> list[Message]:
    """What was sent, skipped or is still to leave for one customer, newest first."""
    mine = (Message.shop_id == shop_id) & (Message.customer_id == customer_id)
    question = select(Message).where(mine).order_by(Message.created_at.desc(), Message.id).limit(limit)
    return list(session.scalars(question))
