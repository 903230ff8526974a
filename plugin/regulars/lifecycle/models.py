"""The history of stages and of activity: a change is a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class StageChange(Base):
    """A customer moved: `track` is stage (reach … advocate) or activity (active, at_risk, lapsed)."""

    __tablename__ = "regulars_stage_changes"
    __table_args__ = (Index("ix_regulars_stage_changes_at", "shop_id", "at"),)

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    track: Mapped[str]
    old: Mapped[str | None]
    new: Mapped[str]
    why: Mapped[str]
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
