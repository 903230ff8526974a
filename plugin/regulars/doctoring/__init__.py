"""`regulars doctor`: each thing that must be right, looked at, with a sentence on what to do where it is not."""

from collections.abc import Iterator

from sqlalchemy import select

from regulars import clock, program, runtime, shops
from regulars.db import reading
from regulars.doctoring.checks import Check, Finding, examined
from regulars.doctoring.tables import DATABASE, DATABASE_ANSWERS, INSTALLATION, QUEUE
from regulars.shops import Source

__all__ = ["Check", "Finding", "examine"]


def examine(shop_key: str | None) -> list[Finding]:
    """Everything about the installation, and about one shop when its key is given. Raises NotFound for a wrong key."""
    mode = Finding("settings", True, f"read; mode {runtime.current().settings.mode}")
    findings = [mode, *map(examined, (*INSTALLATION, *QUEUE, DATABASE_ANSWERS))]
    if findings[-1].good:
        findings += map(examined, DATABASE)
        findings += _shop(shop_key) if shop_key else []
    return findings


def _shop(key: str) -> Iterator[Finding]:
    with reading() as session:
        shop = shops.find_shop(session, key)
        kinds = list(session.scalars(select(Source.kind).where(Source.shop_id == shop.id)))
        app = bool(shops.app_secrets(session, shop.platform, clock.now()))
        versions = program.programs(session, shop.id).versions
    yield Finding("shop", shop.state == "active", f"{shop.domain} is {shop.state}")
    fed = kinds + (["the platform's app"] if app else [])
    advice = "`regulars source add` opens an address, `regulars app-secret set` takes an app's webhooks"
    yield Finding(
        "sources", bool(fed), f"fed by {', '.join(fed)}" if fed else "nothing feeds it", "" if fed else advice
    )
    missing = "`regulars program apply` publishes one; until then nothing earns points"
    yield Finding(
        "program",
        bool(versions),
        f"version {versions[-1][1].version}" if versions else "none",
        "" if versions else missing,
    )
