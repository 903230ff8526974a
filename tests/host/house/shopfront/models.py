"""The host's own tables, on its own Flask-SQLAlchemy."""

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The host's base."""


db = SQLAlchemy(model_class=Base)


class Shelf(db.Model):
    """Has the name of no table of ours, but a row with an id like any other."""

    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(unique=True)


class Note(db.Model):
    """What the host writes in the same transaction as points."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(index=True)
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelves.id"))
