"""The staff of the admin, their sessions on the server's side, and the tries to sign in.

`shop_id` 0 is the installation: such a member sees every shop; any other number is the one shop a member sees.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class StaffRow(Base):
    """One member of the staff."""

    __tablename__ = "regulars_staff"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # in small letters
    name: Mapped[str]
    password_hash: Mapped[str]  # argon2id, with its parameters
    role: Mapped[str]  # owner | lead | agent | analyst
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class StaffSession(Base):
    """One signed-in browser. The row is the session: without it the cookie opens nothing. Only a hash is kept."""

    __tablename__ = "regulars_staff_sessions"
    __table_args__ = (Index("ix_regulars_staff_sessions_staff", "shop_id", "staff_id"),)

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginAttempt(Base):
    """One try to sign in to an account that may or may not exist; forgotten after a quarter of an hour or a success."""

    __tablename__ = "regulars_login_attempts"
    __table_args__ = (Index("ix_regulars_login_attempts_account", "shop_id", "account", "at"),)

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]  # a keyed hash of what was typed as the e-mail
    at: Mapped[datetime]
