"""Shops, the sources that feed them, the secrets and keys that prove who speaks."""

from datetime import datetime

from sqlalchemy import Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class Shop(Base):
    """A shop of this installation. `key` is the owner's short name for it, used in addresses and commands."""

    __tablename__ = "regulars_shops"

    id: Mapped[int] = mapped_column("shop_id", Integer, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    platform: Mapped[str]
    domain: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    timezone: Mapped[str]
    locale: Mapped[str] = mapped_column(default="en")
    state: Mapped[str] = mapped_column(default="active")  # active | uninstalled | purging
    api_url: Mapped[str | None]
    api_token_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]


class Source(Base):
    """One address that feeds a shop. `token` is its unguessable part; the previous secret is good until a moment."""

    __tablename__ = "regulars_sources"
    __table_args__ = (UniqueConstraint("shop_id", "kind"),)

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    secret_sealed: Mapped[bytes]
    previous_sealed: Mapped[bytes | None]
    previous_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AppSecret(Base):
    """The secret of one app of a platform that serves many shops; belongs to the installation (shop_id 0)."""

    __tablename__ = "regulars_app_secrets"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    platform: Mapped[str] = mapped_column(primary_key=True)
    secret_sealed: Mapped[bytes]
    previous_sealed: Mapped[bytes | None]
    previous_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class KeyCheck(Base):
    """What the root key of this installation says to a fixed question: another key says something else."""

    __tablename__ = "regulars_key_check"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=0)
    mac: Mapped[str]


class ApiKey(Base):
    """A key with which a shop's own server asks us. Only its hash is kept."""

    __tablename__ = "regulars_api_keys"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
