"""How far the import of a file has come, so that the next try goes on from there."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class ImportRow(Base):
    """One file (by its SHA-256) read as one kind; `applied` good records are in the same transactions as their effect."""

    __tablename__ = "regulars_imports"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_hash: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    applied: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
