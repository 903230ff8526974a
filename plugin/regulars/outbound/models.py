"""Endpoints of others that hear of our events."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base, Json


class Endpoint(Base):
    """An address that gets our signed webhooks, for the events it asked for."""

    __tablename__ = "regulars_endpoints"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(Json)
    secret_sealed: Mapped[bytes]
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str | None]
    created_at: Mapped[datetime]
