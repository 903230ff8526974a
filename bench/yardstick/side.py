"""The yardstick and its tuned rung as they would run in production: a web server, an RQ SimpleWorker, a queue server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from bench.servers import Installation
from bench.sides import SECRET, Effect
from bench.yardstick.models import Base, db, prepare_sqlite

GUNICORN = ("gunicorn", "--worker-class", "sync", "--workers", "2", "--log-level", "warning")
GRANIAN = (
    "granian",
    "--interface",
    "wsgi",
    "--host",
    "127.0.0.1",
    "--blocking-threads",
    "16",
    "--log-level",
    "error",
    "--factory",
)


class Yardstick(Installation):
    """One installation on one database; `rung` is "plain" (gunicorn, ORM) or "tuned" (granian, Core)."""

    webhook = "/webhooks/shopify"

    def __init__(
        self, url: str, rung: str = "plain", *, forking: bool = False, serves: bool = True, workers: int = 1
    ) -> None:
        super().__init__(serves=serves, workers=workers)
        self.name = {"plain": "the yardstick", "tuned": "the tuned rung"}[rung]
        self.url = url
        self._rung = rung
        self._forking = ["--forking"] if forking else []
        self.environment = {
            "YARDSTICK_DATABASE_URL": url, "YARDSTICK_REDIS_URL": self.queue.url, "YARDSTICK_SECRET": SECRET,
        }  # fmt: skip
        self.engine: Engine = create_engine(url)
        prepare_sqlite(self.engine)
        Base.metadata.create_all(self.engine)

    def worker_command(self) -> list[str]:
        """RQ's worker with the yardstick's jobs."""
        return ["bench.yardstick.worker", *self._forking]

    def web_command(self) -> list[str]:
        """gunicorn, or on the tuned rung granian."""
        if self._rung == "plain":
            return [*GUNICORN, "--bind", f"127.0.0.1:{self.port}", "bench.yardstick.app:create_app()"]
        workers = "1" if self.engine.dialect.name == "sqlite" else "2"
        return [*GRANIAN, "--workers", workers, "--port", str(self.port), "bench.yardstick.tuned:create_app"]

    def stop(self) -> None:
        """All of them, and the connections of this process."""
        super().stop()
        self.engine.dispose()

    def letters(self) -> int:
        """Letters that were decided."""
        return self.number("SELECT count(*) FROM messages")

    def busy(self) -> bool:
        """Never once its letters are decided: a job is its letter."""
        return False

    def effect(self) -> Effect:
        """What is in the database."""
        return Effect(
            self.number("SELECT count(*) FROM orders"),
            self.number("SELECT count(*) FROM customers WHERE orders_count > 0"),
            self.number("SELECT coalesce(sum(available + pending), 0) FROM accounts"),
            self.letters(),
        )

    def complaints(self) -> str:
        """Where the sums do not meet."""
        lots = self.number("SELECT coalesce(sum(remaining), 0) FROM lots")
        balances = self.number("SELECT coalesce(sum(available + pending), 0) FROM accounts")
        earned = self.number("SELECT coalesce(sum(points), 0) FROM entries WHERE kind = 'earn'")
        return "" if lots == balances <= earned else f"{lots} points in lots, {balances} on accounts, {earned} earned"

    def token(self, customer: str) -> str:
        """A shopper's token, by the shop's id of them."""
        claims: dict[str, Any] = {"aud": "widget", "sub": customer, "exp": datetime.now(UTC) + timedelta(minutes=5)}
        return jwt.encode(claims, SECRET, "HS256")

    def number(self, statement: str) -> int:
        """One number out of the database."""
        with self.engine.connect().execution_options(only_reads=True) as connection:
            return int(connection.execute(text(statement)).scalar_one())

    def flask(self) -> Flask:
        """A bare app in this process, for verbs of the yardstick that need no web."""
        app = Flask("yardstick")
        app.config["SQLALCHEMY_DATABASE_URI"] = self.url
        db.init_app(app)
        with app.app_context():
            prepare_sqlite(db.engine)
        return app
