"""What the two sides of a comparison have in common: how they are started, what they are sent, what they did."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

from bench import load
from bench.documents import DOMAIN, Order

SECRET = "a secret of the bench, long enough to sign with"
_deliveries = count(1)


class LostSomething(AssertionError):
    """A side did not do what it was sent: its speed means nothing."""


@dataclass(frozen=True)
class Effect:
    """What orders did: how many are there, of how many customers, points on hold or available, letters decided."""

    orders: int
    customers: int
    points: int
    letters: int

    def __add__(self, other: "Effect") -> "Effect":
        """Of both, where no customer is in both."""
        return Effect(
            self.orders + other.orders,
            self.customers + other.customers,
            self.points + other.points,
            self.letters + other.letters,
        )

    @classmethod
    def of(cls, orders: Iterable[Order]) -> "Effect":
        """What these orders must do: one letter for each customer's first."""
        known = list(orders)
        customers = len({one.customer for one in known})
        return cls(len(known), customers, sum(one.points for one in known), customers)


class Side(Protocol):
    """One stack on one database."""

    name: str
    url: str

    def start(self) -> None:
        """Web, worker and queue, as they would run in production."""

    def stop(self) -> None:
        """All of it, and nothing is left behind."""

    @property
    def port(self) -> int:
        """Where the web server listens."""

    @property
    def webhook(self) -> str:
        """Where orders are sent."""

    @property
    def roots(self) -> Mapping[str, int]:
        """The first process of each role: web, worker, queue, and the database where it is one of ours."""

    def words(self) -> str:
        """What its web server wrote into its log."""

    def letters(self) -> int:
        """How many follow-ups are decided."""

    def busy(self) -> bool:
        """Whether any work waits or is being done."""

    def effect(self) -> Effect:
        """What is in the database."""

    def complaints(self) -> str:
        """What the side's own checks find wrong; nothing when all is well."""


def signed(orders: Iterable[Order], webhook: str, file: Path) -> Path:
    """Write the orders as signed deliveries to one address; the file."""
    return load.write(file, (_delivery(one.body, webhook) for one in orders))


def _delivery(body: bytes, webhook: str) -> bytes:
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = [
        ("X-Shopify-Topic", "orders/paid"), ("X-Shopify-Hmac-Sha256", signature), ("X-Shopify-Shop-Domain", DOMAIN),
        ("X-Shopify-API-Version", "2026-10"), ("X-Shopify-Webhook-Id", f"bench-{next(_deliveries)}"),
    ]  # fmt: skip
    return load.post(webhook, body, headers)


def demand(side: Side, wanted: Effect) -> None:
    """Raises LostSomething unless the side did exactly what it was sent."""
    found = side.effect()
    if found != wanted:
        raise LostSomething(f"{side.name}: {found} instead of {wanted}")
    trouble = side.complaints()
    if trouble:
        raise LostSomething(f"{side.name}: {trouble}")
