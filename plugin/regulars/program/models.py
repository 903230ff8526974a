"""The loyalty program's versions; a published one never changes."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class ProgramVersion(Base):
    """One published program document, in force from `effective_from` until the next one."""

    __tablename__ = "regulars_program_versions"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]]
    effective_from: Mapped[datetime]
    published_at: Mapped[datetime]
    published_by: Mapped[str]
