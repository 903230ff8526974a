"""Ours as in production: `regulars web` and `regulars worker` on their settings, a shop with a source and a program."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.documents import DOMAIN
from bench.servers import Finished, Installation, run
from bench.sides import SECRET, Effect
from regulars import customers, migrating, program, shops, verifying
from regulars.db import reading, unit_of_work
from regulars.keys import new_root_key
from regulars.standalone import create_app
from regulars.storefront.service import issue_token

T = TypeVar("T")

SHOP = "bench"
UNIT = "points"
PROGRAM = """
unit = "points"
[earn.order]
points_per_unit = 1
hold_days = 14
[expiry]
mode = "lots"
after = "365 days"
[[rewards]]
id = "five-off"
name = "5 € off"
kind = "amount_off"
value = "5.00"
cost = 500
[[rewards]]
id = "ten-off"
name = "10 € off"
kind = "amount_off"
value = "10.00"
cost = 900
[[tiers]]
name = "Silver"
at = 500
[[tiers]]
name = "Gold"
at = 100000
multiplier = "1.25"
"""


class Ours(Installation):
    """One installation on one database; nothing runs before start()."""

    name = "ours"

    def __init__(self, url: str, *, app: str = "", serves: bool = True, workers: int = 1) -> None:
        super().__init__(serves=serves, workers=workers)
        self.url = url
        key = new_root_key()
        self.environment = {
            "REGULARS_MODE": "production", "REGULARS_ROOT_KEY": key, "REGULARS_DATABASE_URL": url,
            "REGULARS_REDIS_URL": self.queue.url, "REGULARS_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        } | ({"REGULARS_APP": app} if app else {})  # fmt: skip
        self.app: Flask = create_app(dict(self.environment))
        migrating.upgrade(self.app)
        self.shop_id, self.webhook = self.writes(_connect)

    def web_command(self) -> list[str]:
        """As the Procfile has it."""
        return ["regulars", "web", "--port", str(self.port)]

    def worker_command(self) -> list[str]:
        """As the Procfile has it."""
        return ["regulars", "worker"]

    def stop(self) -> None:
        """All of them, and the connections of this process."""
        super().stop()
        with self.app.app_context():
            self.app.extensions["sqlalchemy"].engine.dispose()

    def letters(self) -> int:
        """Letters that were decided."""
        return self.number("SELECT count(*) FROM regulars_messages WHERE state <> 'queued'")

    def busy(self) -> bool:
        """Whether rows are due and not done; cheap, because it is asked while they are being done."""
        inbox = "SELECT 1 FROM regulars_inbox WHERE shop_id = :shop AND state IN ('ready', 'leased')"
        work = "SELECT 1 FROM regulars_work WHERE shop_id = :shop AND state IN ('ready', 'leased') AND run_at <= :now"
        return bool(
            self.number(f"SELECT EXISTS ({inbox}) OR EXISTS ({work})", shop=self.shop_id, now=datetime.now(UTC))
        )

    def effect(self) -> Effect:
        """What is in the database."""
        return Effect(
            self.number("SELECT count(*) FROM regulars_orders WHERE seen"),
            self.number("SELECT count(DISTINCT customer_id) FROM regulars_orders"),
            self.number("SELECT coalesce(sum(available + pending), 0) FROM regulars_accounts"),
            self.letters(),
        )

    def complaints(self) -> str:
        """Dead letters, and what `regulars verify` says."""
        dead = self.number("SELECT count(*) FROM regulars_inbox WHERE state = 'dead'")
        dead += self.number("SELECT count(*) FROM regulars_work WHERE state = 'dead'")
        wrong = self.reads(lambda session: [one.wrong for one in verifying.verify(session) if one.wrong])
        return "; ".join([*([f"{dead} dead letters"] if dead else []), *wrong])

    def run(self, *arguments: str) -> Finished:
        """One command of `regulars …`, to its end."""
        return run(["regulars", *arguments], self.environment)

    def token(self, customer: str) -> str:
        """A shopper's token, by the shop's id of them."""

        def ask(session: Session) -> str:
            shop = shops.find_shop(session, SHOP)
            return issue_token(shop, customers.find(session, shop.id, customer).id, datetime.now(UTC))[0]

        return self.reads(ask)

    def number(self, statement: str, **values: Any) -> int:
        """One number out of the database."""
        with self.app.app_context(), reading() as session:
            return int(session.execute(text(statement), values).scalar_one())

    def reads(self, question: Callable[[Session], T]) -> T:
        """Ask in a session of ours."""
        with self.app.app_context(), reading() as session:
            return question(session)

    def writes(self, work: Callable[[Session], T]) -> T:
        """As an edge would."""
        with self.app.app_context():
            return unit_of_work(work)


def _connect(session: Session) -> tuple[int, str]:
    """The shop, its source and its program; where its webhooks are sent."""
    now = datetime.now(UTC)
    shop = shops.add_shop(session, shops.NewShop(SHOP, "shopify", DOMAIN, "EUR", "Europe/Prague"), now)
    source, _ = shops.add_source(session, shop, "shopify", SECRET, now)
    program.publish(session, shop.id, program.parse_toml(PROGRAM), now, actor="bench")
    return shop.id, f"/webhooks/shopify/{source.token}"
