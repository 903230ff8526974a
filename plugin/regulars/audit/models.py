"""Who did what, when: append-only, ids and codes, no personal text."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class AuditRow(Base):
    """One act of a person or of the operator. `shop_id` 0 is the installation itself."""

    __tablename__ = "regulars_audit"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
