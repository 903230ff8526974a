"""The demo's Regulars: an embedded set-up in a folder of its own, with the shop connected and its program published."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.orm import Session

from regulars import migrating, program, shops
from regulars.db import unit_of_work
from regulars.demo.sender import Source
from regulars.demo.shop import SHOP, history_end
from regulars.embedded.folder import DataFolder
from regulars_admin import staff

PROGRAM = Path(__file__).with_name("program.toml")
OWNER = "owner@kavarna-morava.example"
_OWNER_NAME = "Jana Horáková"
_PREFIX = "REGULARS_"


@dataclass(frozen=True)
class Installation:
    """What the demo made, with the secrets that are shown once."""

    app: Flask
    shop_id: int
    sources: dict[str, Source]
    api_key: str
    password: str


def settings(folder: DataFolder, port: int, smtp_url: str) -> dict[str, str]:
    """The demo's environment: nothing of the operator's own installation, a quick sweep, letters into the mailbox."""
    return {
        "REGULARS_DATA": str(folder.path),
        "REGULARS_SMTP_URL": smtp_url,
        "REGULARS_MAIL_FROM": f"{SHOP.name} <hello@kavarna-morava.example>",
        "REGULARS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "REGULARS_SWEEP_SECONDS": "2",
    }


def forget_settings() -> None:
    """The demo must not touch an installation that the environment names."""
    for name in [name for name in os.environ if name.startswith(_PREFIX)]:
        del os.environ[name]


def install(info: ScriptInfo, now: datetime) -> Installation:
    """Migrate, connect the shop as of the end of its history, publish its program, add an owner and an API key."""
    app = info.load_app()
    migrating.upgrade(app)
    prefix = "/webhooks"

    def work(session: Session) -> Installation:
        connected_at = history_end(now)
        new = shops.NewShop(SHOP.key, "shopify", SHOP.domain, SHOP.currency, SHOP.timezone, SHOP.name)
        shop = shops.add_shop(session, new, connected_at)
        secret = secrets.token_hex(32)
        shops.set_app_secret(session, "shopify", secret, now)
        source, signing = shops.add_source(session, shop, "standard", None, now)
        sources = {
            "shopify": Source(f"{prefix}/shopify", secret),
            "standard": Source(f"{prefix}/standard/{source.token}", signing),
        }
        document = program.parse_toml(PROGRAM.read_text(encoding="utf-8"))
        program.publish(session, shop.id, document, now, actor="operator")
        key = shops.add_api_key(session, shop, now)
        _, password = staff.add_staff(session, OWNER, "owner", None, now, name=_OWNER_NAME)
        return Installation(app, shop.id, sources, key, password)

    with app.app_context():
        return unit_of_work(work)
