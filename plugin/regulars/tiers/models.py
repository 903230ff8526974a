"""The history of tiers: a change is a row."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class TierChange(Base):
    """A customer went from one tier to another: why, and when it holds from."""

    __tablename__ = "regulars_tier_changes"
    __table_args__ = (Index("ix_regulars_tier_changes_at", "shop_id", "at"),)

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    old: Mapped[str | None]
    new: Mapped[str | None]
    why: Mapped[str]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
