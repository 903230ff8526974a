"""`regulars doctor`: each thing that must be right, looked at, with a sentence on what to do where it is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from regulars import clock, health, program, runtime, shops
from regulars.db import all_shops, database_now, reading
from regulars.shops import Source

_CLOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    says: str


def examine(shop_key: str | None) -> list[Finding]:
    """Everything about the installation, and about one shop when its key is given. Raises NotFound for a wrong key."""
    findings = [*_installation()]
    trouble = health.database_trouble()
    findings.append(Finding("database", trouble is None, trouble or "it answers and its schema is there"))
    if trouble is None:
        key = health.key_trouble()
        findings.append(Finding("root key", key is None, key or "it opens what this database keeps"))
        findings += [_clocks(), _dead_letters()]
        findings += _shop(shop_key) if shop_key else []
    return findings


def _installation() -> Iterator[Finding]:
    settings = runtime.current().settings
    yield Finding("settings", True, f"read; mode {settings.mode}")
    queue = health.queue_silence() or health.queue_trouble()
    silent = "none is set: due work is drained by a thread; set REGULARS_REDIS_URL for more than a small shop"
    yield Finding("queue", queue is None, queue or ("it answers" if settings.redis_url else silent))
    mail = "set" if settings.smtp_url else "none is set, so letters are skipped: set REGULARS_SMTP_URL"
    yield Finding("mail server", bool(settings.smtp_url), mail)
    sender = "set" if settings.mail_from else "none is set: set REGULARS_MAIL_FROM, like Shop <hello@example.com>"
    yield Finding("mail sender", bool(settings.mail_from), sender)
    public = settings.public_url or "none is set: shops cannot be told where to send webhooks; set REGULARS_PUBLIC_URL"
    yield Finding("public address", bool(settings.public_url), public)


def _clocks() -> Finding:
    with reading() as session:
        apart = abs((database_now(session) - datetime.now(UTC)).total_seconds())
    told = f"this machine and the database are {apart:.1f} s apart"
    advice = "; synchronise them (NTP), leases and signatures depend on it"
    good = apart <= _CLOCK_SECONDS
    return Finding("clocks", good, told if good else told + advice)


def _dead_letters() -> Finding:
    with all_shops("metrics"), reading() as session:
        counts = [
            session.scalar(select(func.count()).select_from(drain.table).where(drain.table.state == "dead")) or 0
            for drain in runtime.current().drains
        ]
    dead = sum(counts)
    told = f"{dead} wait for a person: `regulars deadletters list` says why, `replay` does them again"
    return Finding("dead letters", not dead, told if dead else "none")


def _shop(key: str) -> Iterator[Finding]:
    with reading() as session:
        shop = shops.find_shop(session, key)
        kinds = list(session.scalars(select(Source.kind).where(Source.shop_id == shop.id)))
        app = bool(shops.app_secrets(session, shop.platform, clock.now()))
        versions = program.programs(session, shop.id).versions
    yield Finding("shop", shop.state == "active", f"{shop.domain} is {shop.state}")
    fed = kinds + (["the platform's app"] if app else [])
    nobody = (
        "nothing feeds it: `regulars source add` opens an address, `regulars app-secret set` takes an app's webhooks"
    )
    yield Finding("sources", bool(fed), f"fed by {', '.join(fed)}" if fed else nobody)
    none = "none: `regulars program apply` publishes one; until then nothing earns points"
    yield Finding("program", bool(versions), f"version {versions[-1][1].version}" if versions else none)
