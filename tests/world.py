"""The cast and the verbs of the tests: a shop that sends signed webhooks, shoppers, and a clock we hold in our hands.

Ada, Bea and Cid buy; alpha is their shop (EUR, Prague), beta is another one that must see nothing of it.
"""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from regulars import clock, customers, ledger, program, shops
from regulars.db import reading, unit_of_work
from regulars.ledger import Balance, EntryRow
from regulars.shops import NewShop
from regulars.values import iso
from regulars.work import WorkRow, clockwork
from regulars.work.runner import drain
from regulars_webhooks.inbox import InboxRow

T = TypeVar("T")

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

PROGRAM = """
unit = "points"
[earn.order]
points_per_unit = 1
hold_days = 0
[earn.review]
points = 50
[expiry]
mode = "lots"
after = "365 days"
[[rewards]]
id = "five-off"
name = "5 off"
kind = "amount_off"
value = "5.00"
cost = 500
[[tiers]]
name = "Silver"
at = 500
[[tiers]]
name = "Gold"
at = 2000
multiplier = "1.25"
perks = ["free_shipping"]
"""

SECRET = "a webhook secret of the tests"


@dataclass
class TestClock:
    """The time of the app under test, in a file that REGULARS_TEST_CLOCK names."""

    __test__ = False
    file: Path
    moment: datetime = START

    def set(self, moment: datetime) -> None:
        """It is this time now."""
        self.moment = moment
        self.file.write_text(iso(moment), encoding="utf-8")

    def passes(self, **span: float) -> None:
        """Time passes: days=…, hours=…, minutes=…, seconds=…"""
        self.set(self.moment + timedelta(**span))


@dataclass
class World:
    """One app with its clock and its shops."""

    app: Flask
    clock: TestClock
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def shop(self, key: str = "alpha", *, document: str | None = PROGRAM, **said: Any) -> "WorldShop":
        """Connect a shop with its Shopify source and, unless None, a program."""
        facts = {"platform": "shopify", "domain": f"{key}-test.myshopify.com", "currency": "EUR"} | said
        new = NewShop(key=key, timezone=facts.pop("timezone", "Europe/Prague"), **facts)

        def connect(session: Session) -> tuple[int, str]:
            shop = shops.add_shop(session, new, clock.now())
            source, _ = shops.add_source(session, shop, "shopify", f"{SECRET} of {key}", clock.now())
            if document is not None:
                program.publish(session, shop.id, program.parse_toml(document), clock.now(), actor="operator")
            return shop.id, source.token

        shop_id, token = self.writes(connect)
        return WorldShop(self, key, shop_id, token, f"{SECRET} of {key}".encode(), new.domain, new.currency)

    def writes(self, work: Callable[[Session], T]) -> T:
        """Run a closure as an edge would."""
        with self.app.app_context():
            return unit_of_work(work)

    def reads(self, question: Callable[[Session], T]) -> T:
        """Ask the database something."""
        with self.app.app_context(), reading() as session:
            return question(session)

    def works(self) -> int:
        """The worker drains what is due; a row that failed for no good reason fails the test with its reason."""
        with self.app.app_context():
            taken = drain()
        assert not self.troubles(), self.troubles()
        return taken

    def troubles(self) -> list[str]:
        """Why rows wait for another try."""
        question = select(InboxRow.last_error).where(InboxRow.shop_id > 0, InboxRow.last_error.is_not(None))
        waiting = select(WorkRow.last_error).where(WorkRow.shop_id > 0, WorkRow.last_error.is_not(None))
        found = self.reads(lambda session: [*session.scalars(question.where(InboxRow.state == "ready"))])
        return found + self.reads(lambda session: [*session.scalars(waiting.where(WorkRow.state == "ready"))])

    def ticks(self) -> int:
        """The clock writes what is due by the timetable, and the worker drains it."""
        with self.app.app_context():
            clockwork.tick()
        return self.works()

    def sleeps(self, **span: float) -> None:
        """Time passes, the clock ticks, the worker works."""
        self.clock.passes(**span)
        self.ticks()


@dataclass
class WorldShop:
    """A shop of the tests and what happens in it."""

    world: World
    key: str
    id: int
    token: str
    secret: bytes
    domain: str
    currency: str
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(900_001))
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def sends(self, topic: str, body: Mapping[str, Any] | list[Any] | bytes, **headers: str) -> TestResponse:
        """Deliver a webhook, signed, to the shop's own address; nothing is worked on yet."""
        return self.sends_with(self.world.client, topic, body, **headers)

    def sends_with(
        self, client: FlaskClient, topic: str, body: Mapping[str, Any] | list[Any] | bytes, **headers: str
    ) -> TestResponse:
        """The same through a client of one's own, as each of several threads needs."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = base64.b64encode(hmac.new(self.secret, raw, hashlib.sha256).digest()).decode()
        known = {
            "X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signature, "X-Shopify-Shop-Domain": self.domain,
            "X-Shopify-API-Version": "2026-10", "X-Shopify-Webhook-Id": f"wh-{next(self._numbers)}",
            "X-Shopify-Triggered-At": iso(self.world.clock.moment),
        }  # fmt: skip
        return client.post(
            f"/webhooks/shopify/{self.token}", data=raw, headers=known | headers, content_type="application/json"
        )

    def delivers(self, topic: str, body: Mapping[str, Any]) -> None:
        """Deliver a webhook and let the worker work."""
        assert self.sends(topic, body).status_code == 200
        self.world.works()

    def order(
        self, who: str | None, *lines: Mapping[str, Any] | str, number: int | None = None, **changes: Any
    ) -> dict[str, Any]:
        """An order document, paid now, in the platform's words; a line is its price or a dict of changes."""
        number = number or next(self._numbers)
        items = [self._line(number * 10 + place, line) for place, line in enumerate(lines or ("100.00",))]
        net = sum((_net(item) for item in items), Decimal(0))
        moment = iso(self.world.clock.moment)
        body = {
            "id": number, "name": f"#{number}", "created_at": moment, "updated_at": moment, "currency": self.currency,
            "presentment_currency": self.currency, "financial_status": "paid", "cancelled_at": None, "test": False,
            "taxes_included": False, "subtotal_price": str(net), "total_price": str(net), "total_tax": "0.00",
            "total_discounts": "0.00", "total_tip_received": "0.00", "line_items": items, "refunds": [],
            "shipping_lines": [], "customer": self.customer(who) if who else None,
        }  # fmt: skip
        self.orders[str(number)] = body | changes
        return self.orders[str(number)]

    def customer(self, who: str) -> dict[str, Any]:
        """A customer document of somebody of the cast."""
        number = 1000 + sum(ord(letter) for letter in who)
        moment = iso(self.world.clock.moment)
        return {
            "id": number, "email": f"{who}@example.com", "first_name": who.capitalize(), "last_name": "Test",
            "created_at": moment, "updated_at": moment,
        }  # fmt: skip

    def _line(self, number: int, line: Mapping[str, Any] | str) -> dict[str, Any]:
        said = {"price": line} if isinstance(line, str) else dict(line)
        return {
            "id": number, "product_id": number + 5_000_000, "variant_id": number + 6_000_000, "title": "Coffee",
            "quantity": 1, "price": "100.00", "gift_card": False, "discount_allocations": [], "tax_lines": [],
        } | said  # fmt: skip

    def refund(
        self, order: Mapping[str, Any], *parts: tuple[int, int, str], number: int | None = None
    ) -> dict[str, Any]:
        """A refund document: parts are (line's place, pieces, amount without tax)."""
        items = [
            {
                "id": next(self._numbers), "line_item_id": order["line_items"][place]["id"], "quantity": pieces,
                "subtotal": float(amount), "total_tax": 0.0, "restock_type": "return",
            }
            for place, pieces, amount in parts
        ]  # fmt: skip
        paid_back = sum((Decimal(amount) for _, _, amount in parts), Decimal(0))
        transaction = {
            "id": next(self._numbers), "kind": "refund", "status": "success", "amount": str(paid_back),
            "currency": self.currency,
        }  # fmt: skip
        moment = iso(self.world.clock.moment)
        return {
            "id": number or next(self._numbers), "order_id": order["id"], "created_at": moment, "processed_at": moment,
            "refund_line_items": items, "order_adjustments": [], "transactions": [transaction] if paid_back else [],
        }  # fmt: skip

    def customer_pays(self, who: str | None, *lines: Mapping[str, Any] | str, **changes: Any) -> dict[str, Any]:
        """Somebody orders and pays; the shop tells us, and the worker works. Gives the order."""
        order = self.order(who, *lines, **changes)
        self.delivers("orders/paid", order)
        return order

    def shop_refunds(self, order: Mapping[str, Any], *parts: tuple[int, int, str]) -> dict[str, Any]:
        """The shop takes a part of an order back."""
        refund = self.refund(order, *parts)
        self.delivers("refunds/create", refund)
        return refund

    def shop_changes(self, order: dict[str, Any], topic: str = "orders/updated", **changes: Any) -> dict[str, Any]:
        """A newer document of an order: edited, cancelled, reinstated."""
        order |= {"updated_at": iso(self.world.clock.moment)} | changes
        self.delivers(topic, order)
        return order

    def shop_cancels(self, order: dict[str, Any]) -> dict[str, Any]:
        """The shop cancels an order."""
        return self.shop_changes(order, "orders/cancelled", cancelled_at=iso(self.world.clock.moment))

    def spends(self, who: str, points: int, redemption: str = "r1") -> None:
        """Somebody redeems points: reserved and committed."""
        customer_id, now = self.id_of(who), self.world.clock.moment

        def redeem(session: Session) -> None:
            ledger.reserve_points(session, self.id, customer_id, "points", points, redemption, now)
            ledger.commit_points(session, self.id, customer_id, "points", redemption, now)

        self.world.writes(redeem)

    def id_of(self, who: str) -> str:
        """Our id of somebody of the cast."""
        return self.world.reads(lambda session: customers.find(session, self.id, str(self.customer(who)["id"])).id)

    def balance(self, who: str) -> Balance:
        """What was posted for somebody."""
        customer_id = self.id_of(who)
        return self.world.reads(lambda session: ledger.balance(session, self.id, customer_id, "points"))

    def points(self, who: str) -> int:
        """Somebody's available points."""
        return self.balance(who).available

    def entries(self, who: str) -> list[EntryRow]:
        """Somebody's entries, oldest first."""
        customer_id = self.id_of(who)
        return self.world.reads(lambda session: ledger.history(session, self.id, customer_id, "points", 10_000))[::-1]

    def stage(self, who: str) -> str:
        """Where somebody stands in the lifecycle."""
        number = str(self.customer(who)["id"])
        return self.world.reads(lambda session: customers.find(session, self.id, number).stage)

    def is_clean(self) -> bool:
        """Whether the shop's ledger verifies."""
        found = self.world.reads(lambda session: ledger.verify_shop(session, self.id)[1])
        assert found is None, found
        return True


def _net(item: Mapping[str, Any]) -> Decimal:
    off = sum((Decimal(part["amount"]) for part in item["discount_allocations"]), Decimal(0))
    net: Decimal = Decimal(item["price"]) * item["quantity"] - off
    return net
