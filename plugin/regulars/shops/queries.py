"""Who speaks at an address: the shop, its source, and the secrets that prove it, opened."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import runtime
from regulars.db import all_shops
from regulars.shops.models import AppSecret, Shop, Source
from regulars.shops.service import INSTALLATION


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one speaker signs with: a secret, and for a while after a rotation the previous one."""

    current: bytes
    previous: bytes | None = None
    previous_until: datetime | None = None

    def good_at(self, now: datetime) -> tuple[bytes, ...]:
        """The secrets that prove something now."""
        if self.previous and self.previous_until and now < self.previous_until:
            return self.current, self.previous
        return (self.current,)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A shop, as far as we know it, with the secrets of its own source and of the app that serves it."""

    shop_id: int | None
    source_id: str | None = None
    own: Secrets | None = None
    app: Secrets | None = None


def speaker(session: Session, kind: str, token: str) -> Speaker | None:
    """Who speaks at a source's own address, if the address is one of ours."""
    with all_shops("find the shop"):
        source = session.scalar(select(Source).where(Source.token == token, Source.kind == kind))
    return Speaker(source.shop_id, source.id, _own(source)) if source else None


def app_speaker(session: Session, platform: str, domain: str) -> Speaker:
    """Who speaks at the one address of a platform's app: the shop of this domain, by its own secret or by the app's."""
    app = _app(session, platform)
    with all_shops("find the shop"):
        shop_id = session.scalar(select(Shop.id).where(Shop.domain == domain.strip().lower()))
    if shop_id is None:
        return Speaker(None, app=app)
    source = session.scalar(select(Source).where(Source.shop_id == shop_id, Source.kind == platform))
    return Speaker(shop_id, source.id, _own(source), app) if source else Speaker(shop_id, app=app)


def app_secrets(session: Session, platform: str, now: datetime) -> tuple[bytes, ...]:
    """The secrets of the platform's app that are good now; none when it was never set."""
    app = _app(session, platform)
    return app.good_at(now) if app else ()


def _own(source: Source) -> Secrets:
    return _opened(source, source.shop_id, f"sources.secret:{source.id}")


def _app(session: Session, platform: str) -> Secrets | None:
    row = session.get(AppSecret, (INSTALLATION, platform))
    return _opened(row, INSTALLATION, f"app_secrets.secret:{platform}") if row else None


def _opened(row: Source | AppSecret, shop_id: int, place: str) -> Secrets:
    keyring = runtime.current().keyring
    previous = keyring.open(row.previous_sealed, shop_id, place) if row.previous_sealed else None
    return Secrets(keyring.open(row.secret_sealed, shop_id, place), previous, row.previous_until)
