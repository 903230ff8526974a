"""The inbox: every authentic message, kept before anybody reads it."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base
from regulars.work import Leased, dead_index, due_index


class InboxRow(Leased, Base):
    """One message. The body is compressed and sealed; headers are hints, only the body was signed."""

    __tablename__ = "regulars_inbox"
    __table_args__ = (
        UniqueConstraint("shop_id", "source_id", "topic", "delivery_id", "body_hash"),
        due_index("regulars_inbox"),
        dead_index("regulars_inbox"),
    )

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str]  # the source's id, or "app" where one secret signs for many shops
    kind: Mapped[str]  # who normalises it: shopify, standard, …
    topic: Mapped[str]
    delivery_id: Mapped[str] = mapped_column(default="")
    event_id: Mapped[str | None]
    body_hash: Mapped[str]  # SHA-256, hexadecimal
    headers: Mapped[dict[str, Any]]
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # None once its time is over
    received_at: Mapped[datetime]
    lane: Mapped[str] = mapped_column(default="live")
    customer_id: Mapped[str | None]  # the platform's ids of whom and what it concerns: erasure needs them
    order_id: Mapped[str | None]
