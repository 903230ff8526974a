"""Messages to shoppers: every send and every skip is a row with its reason."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class Message(Base):
    """One message. Its words are made when it leaves; here are only ids, codes and numbers."""

    __tablename__ = "regulars_messages"
    __table_args__ = (
        UniqueConstraint("shop_id", "key"),
        Index("ix_regulars_messages_customer", "shop_id", "customer_id"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str]
    template: Mapped[str]
    purpose: Mapped[str]  # care | marketing
    key: Mapped[str]  # what makes it the same message: it is sent once
    data: Mapped[dict[str, Any]]
    state: Mapped[str]  # queued | sent | skipped | failed | unknown
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    latest_at: Mapped[datetime]  # not sent after this
    sent_at: Mapped[datetime | None]
