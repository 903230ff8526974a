"""Shops and their sources: add, find, rotate; the secrets of who may speak, opened only when asked for."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency
from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import audit, runtime
from regulars.bulk import insert_new
from regulars.db import all_shops
from regulars.errors import Conflict, InvalidInput, NotFound, SettingsError, Unauthorized
from regulars.shops.models import ApiKey, AppSecret, KeyCheck, Shop, Source
from regulars.values import is_storable, new_id

PLATFORMS = ("shopify", "woocommerce", "standard")
#: What may feed a shop; each has its room in the webhooks package.
SOURCE_KINDS = ("shopify", "woocommerce", "standard", "judgeme", "okendo", "yotpo", "stamped")
INSTALLATION = 0  # the shop_id of what belongs to the installation itself
_SECRET_PREFIX = "whsec_"  # noqa: S105 - a public mark, not a secret


@dataclass(frozen=True, slots=True)
class NewShop:
    """What an owner says about a shop they connect."""

    key: str
    platform: str
    domain: str
    currency: str
    timezone: str
    name: str = ""
    locale: str = "en"
    api_url: str | None = None
    api_token: str | None = None


def add_shop(session: Session, new: NewShop, now: datetime, actor: str = "operator") -> Shop:
    """Connect a shop. Raises InvalidInput, naming the field and the remedy, or Conflict when key or domain is taken."""
    _check(new)
    trouble = root_key_trouble(session)
    if trouble:
        raise SettingsError(trouble)
    insert_new(session, KeyCheck, [{"shop_id": INSTALLATION, "mac": _key_mac()}])
    domain = new.domain.strip().lower().rstrip("/")
    with all_shops("find the shop"):
        taken = session.scalar(select(Shop.key).where((Shop.key == new.key) | (Shop.domain == domain)))
    if taken:
        raise Conflict(f"There is a shop {taken!r} with this key or domain already.")
    shop = Shop(
        key=new.key, name=new.name or new.key, platform=new.platform, domain=domain, currency=new.currency.upper(),
        timezone=new.timezone, locale=new.locale, state="active", api_url=new.api_url, created_at=now,
    )  # fmt: skip
    session.add(shop)
    with all_shops("find the shop"):  # it has no id to name before it is there
        session.flush()
    if new.api_token:
        keyring = runtime.current().keyring
        shop.api_token_sealed = keyring.seal(new.api_token.encode(), shop.id, f"shops.api_token:{shop.id}")
    audit.record(session, shop.id, actor, "shop.added", shop.key, now, platform=shop.platform)
    return shop


def root_key_trouble(session: Session) -> str | None:
    """A sentence when the root key is not the one this database was written with, else None."""
    known = session.get(KeyCheck, INSTALLATION)
    if known is None or known.mac == _key_mac():
        return None
    return (
        "REGULARS_ROOT_KEY is not the key this database was written with: stored secrets do not open. Set the old one."
    )


def _key_mac() -> str:
    return runtime.current().keyring.mac("check", b"regulars")


def _check(new: NewShop) -> None:
    if not new.key.replace("-", "").isalnum() or not new.key.isascii() or new.key != new.key.lower():
        raise InvalidInput(f"The key {new.key!r} may have small letters, digits and hyphens only.")
    if new.platform not in PLATFORMS:
        raise InvalidInput(f"{new.platform!r} is no platform we know; choose one of {', '.join(PLATFORMS)}.")
    if not is_currency(new.currency.upper()):
        raise InvalidInput(f"{new.currency!r} is no ISO 4217 currency; write it like EUR.")
    try:
        ZoneInfo(new.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(f"{new.timezone!r} is no time zone; write it like Europe/Prague.") from error
    try:
        Locale.parse(new.locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError) as error:
        raise InvalidInput(f"{new.locale!r} is no language; write it like en or cs.") from error
    if "/" in new.domain.strip().rstrip("/") or not new.domain.strip():
        raise InvalidInput(f"{new.domain!r} is no domain; write it like shop.example.com, without https://.")


def find_shop(session: Session, key: str) -> Shop:
    """The shop with this key. Raises NotFound."""
    with all_shops("find the shop"):
        shop = session.scalar(select(Shop).where(Shop.key == key)) if is_storable(key) else None
    if shop is None:
        raise NotFound(f"There is no shop {key!r}; `regulars shop add` connects one.")
    return shop


def get_shop(session: Session, shop_id: int) -> Shop:
    """The shop with this id. Raises NotFound."""
    with all_shops("find the shop"):
        shop = session.get(Shop, shop_id)
    if shop is None:
        raise NotFound(f"There is no shop with the id {shop_id}.")
    return shop


def add_source(
    session: Session, shop: Shop, kind: str, secret: str | None, now: datetime, actor: str = "operator"
) -> tuple[Source, str]:
    """Open an address that feeds the shop; gives the source and its secret (made here when none is given)."""
    if kind not in SOURCE_KINDS:
        raise InvalidInput(f"{kind!r} is no kind of source; choose one of {', '.join(SOURCE_KINDS)}.")
    if kind not in runtime.current().source_kinds:
        raise InvalidInput(
            f"Nothing here takes {kind} webhooks yet: feed the shop through a standard source (docs/standard.md)."
        )
    if session.scalar(select(Source.id).where(Source.shop_id == shop.id, Source.kind == kind)):
        raise Conflict(f"{shop.key} has a source of kind {kind} already; `regulars source rotate` changes its secret.")
    secret = _good_source_secret(kind, secret)
    source = Source(shop_id=shop.id, id=new_id(), kind=kind, token=secrets.token_urlsafe(24), created_at=now)
    source.secret_sealed = _seal_source(source, secret)
    session.add(source)
    audit.record(session, shop.id, actor, "source.added", kind, now)
    return source, secret


def rotate_source(
    session: Session, shop: Shop, kind: str, secret: str | None, now: datetime, actor: str = "operator"
) -> tuple[Source, str]:
    """Give a source a new secret; the old one stays good for the rotation time. Raises NotFound."""
    source = session.scalar(select(Source).where(Source.shop_id == shop.id, Source.kind == kind))
    if source is None:
        raise NotFound(f"{shop.key} has no source of kind {kind}; `regulars source add` opens one.")
    secret = _good_source_secret(kind, secret)
    source.previous_sealed = source.secret_sealed
    source.previous_until = now + timedelta(hours=runtime.current().settings.rotation_hours)
    source.secret_sealed = _seal_source(source, secret)
    audit.record(session, shop.id, actor, "source.rotated", kind, now)
    return source, secret


def _good_secret(secret: str | None) -> str:
    """The secret itself, or a fresh one in the form of Standard Webhooks. Raises InvalidInput for an empty one."""
    if secret is None:
        return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()
    secret = secret.strip()
    if not secret.removeprefix(_SECRET_PREFIX).strip():
        raise InvalidInput("The secret is empty: an empty secret verifies anything.")
    return secret


def _good_source_secret(kind: str, secret: str | None) -> str:
    """As `_good_secret`; the secret of a standard source must be the base64 that its signatures are made with."""
    good = _good_secret(secret)
    if kind == "standard":
        text = good.removeprefix(_SECRET_PREFIX)
        try:
            base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidInput(
                "The secret of a standard source is base64, with or without whsec_ in front; leave it out to have one made."
            ) from error
    return good


def _seal_source(source: Source, secret: str) -> bytes:
    return runtime.current().keyring.seal(secret.encode(), source.shop_id, f"sources.secret:{source.id}")


def source_of_kind(session: Session, shop_id: int, kind: str) -> Source | None:
    """The shop's source of this kind, if it has one."""
    return session.scalar(select(Source).where(Source.shop_id == shop_id, Source.kind == kind))


def set_app_secret(session: Session, platform: str, secret: str, now: datetime, actor: str = "operator") -> None:
    """Set or rotate the secret of the one app that serves many shops of a platform."""
    keyring, place = runtime.current().keyring, f"app_secrets.secret:{platform}"
    sealed = keyring.seal(_good_secret(secret).encode(), INSTALLATION, place)
    row = session.get(AppSecret, (INSTALLATION, platform))
    if row is None:
        session.add(AppSecret(shop_id=INSTALLATION, platform=platform, secret_sealed=sealed, created_at=now))
    else:
        row.previous_sealed, row.secret_sealed = row.secret_sealed, sealed
        row.previous_until = now + timedelta(hours=runtime.current().settings.rotation_hours)
    audit.record(session, INSTALLATION, actor, "app_secret.set", platform, now)


def add_api_key(session: Session, shop: Shop, now: datetime, actor: str = "operator") -> str:
    """A new API key for the shop's own server; it is shown once, we keep its hash."""
    key = "rk_" + secrets.token_urlsafe(32)
    row = ApiKey(shop_id=shop.id, id=new_id(), key_hash=_key_hash(key), created_at=now)
    session.add(row)
    audit.record(session, shop.id, actor, "api_key.added", row.id, now)
    return key


def check_api_key(session: Session, shop: Shop, key: str) -> None:
    """Raises Unauthorized unless this is a living key of this shop."""
    row = session.scalar(select(ApiKey).where(ApiKey.shop_id == shop.id, ApiKey.key_hash == _key_hash(key)))
    if row is None or row.revoked_at is not None:
        raise Unauthorized("This API key is not one of this shop's; `regulars key add` makes one.")


def _key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
