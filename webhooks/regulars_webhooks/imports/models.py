"""How far the import of a file has come, so that the next try goes on from there."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class ImportRow(Base):
    """One file (by its SHA-256) read as one kind."""

    __tablename__ = "regulars_imports"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_hash: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ImportPart(Base):
    """The part of a file that one process applies; its progress moves in the transactions of its effects."""

    __tablename__ = "regulars_import_parts"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_hash: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    passed: Mapped[int] = mapped_column(default=0)  # records of this part that are behind us
    applied: Mapped[int] = mapped_column(
        default=0
    )  # those of them that are in the database: all, since bad ones are left out before
