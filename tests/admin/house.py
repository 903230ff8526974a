"""The admin's cast: staff who sign in, and a shop with a little of everything that the staff can look at."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from regulars import complaints, customers, pipeline, shops, work
from regulars.facts import (
    CustomerRef,
    CustomerSeen,
    Fact,
    LineSeen,
    OrderSeen,
    PaymentStatus,
    ProductSeen,
    RefundLine,
    RefundSeen,
    ReviewSeen,
    ReviewStatus,
)
from regulars.work import WorkRow
from regulars_admin import staff
from regulars_webhooks.inbox import Delivery, InboxRow, keep
from tests.world import World, WorldShop

PASSWORD = "a good password"
#: What an attacker writes into a name, a review, a complaint, a title (C067).
PAYLOADS = [
    "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "</script><script>alert(1)</script>", "{{7*7}}", "{% raw %}",
    "' onmouseover='alert(1)", "javascript:alert(1)", "<b>bold</b>", "&lt;i&gt;", "${7*7}", "\u202egnp.exe", "<!--",
]  # fmt: skip
PRODUCTS = {"p1": "Ethiopia Guji, 250 g", "p2": "Moka pot for three", "p3": "Paper filters"}


@dataclass
class Desk:
    """A browser of one member of the staff, signed in."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def text(self, path: str) -> str:
        """The page's HTML; it must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text

    def send(self, path: str, *, page: str = "/admin/password", **form: Any) -> TestResponse:
        """Send a form as the page that holds it would: with its token, from our own origin."""
        token = re.search(r'name="csrf_token" value="(\w+)"', self.text(page))
        assert token is not None
        return self.client.post(path, data={"csrf_token": token[1]} | form, headers={"Origin": "http://localhost"})


def hire(world: World, role: str, *, email: str | None = None, shop: WorldShop | None = None) -> str:
    """A new member of the staff; gives the e-mail to sign in with."""
    address, shop_id = email or f"{role}@staff.example", shop.id if shop else shops.INSTALLATION
    now = world.clock.moment
    world.writes(
        lambda session: staff.add_staff(session, address, role, PASSWORD, now, name=role.title(), shop_id=shop_id)
    )
    return address


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: Any) -> TestResponse:
    """Send the login form."""
    return client.post("/admin/login", data={"email": email, "password": password}, **more)


def desk_of(world: World, role: str, *, shop: WorldShop | None = None) -> Desk:
    """Somebody hired in this role, at their desk."""
    email = hire(world, role, shop=shop, email=f"{role}.{shop.key if shop else 'all'}@staff.example")
    client = world.app.test_client()
    assert sign_in(client, email).status_code == 302
    return Desk(client)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer of the cast."""

    id: str
    name: str
    email: str

    @property
    def ref(self) -> CustomerRef:
        return CustomerRef(self.id, self.email, None, self.name, "en")


ADA = Person("1001", "Ada Nováková", "ada@shop.example")
BEN = Person("1002", "Ben Okafor", "ben@shop.example")
EVA = Person("1003", "Eva Malá", "eva@shop.example")


def order(person: Person, name: str, placed_at: datetime, *lines: tuple[str, int, int], **more: Any) -> OrderSeen:
    """A paid order; a line is (product, pieces, net of the whole line in minor units)."""
    seen = tuple(
        LineSeen(f"{name}-{index}", pieces, pieces, net, product, title=PRODUCTS.get(product, product))
        for index, (product, pieces, net) in enumerate(lines)
    )
    facts: dict[str, Any] = {
        "id": f"o-{name}", "placed_at": placed_at, "updated_at": placed_at, "currency": "EUR",
        "payment": PaymentStatus.PAID, "total_minor": sum(line.net_minor for line in seen) + 490, "lines": seen,
        "customer": person.ref, "name": f"#{name}", "shipping_minor": 490,
    }  # fmt: skip
    return OrderSeen(**facts | more)


def history(now: datetime, canary: str = "") -> list[Fact]:
    """What the shop has told: two regulars, a newcomer, a refund, a review, an order that was cancelled."""

    def ago(days: float) -> datetime:
        return now - timedelta(days=days)

    products = [ProductSeen(product, title + canary, ago(700)) for product, title in PRODUCTS.items()]
    people = [
        CustomerSeen(replace(person.ref, name=person.name + canary), ago(600), True) for person in (ADA, BEN, EVA)
    ]
    orders = [
        order(ADA, "1001", ago(400), ("p1", 2, 2780), ("p3", 1, 450)),
        order(ADA, "1007", ago(90), ("p2", 10, 62000)),
        order(ADA, "1042", ago(5), ("p1", 2, 2780), ("p3", 2, 900)),
        order(BEN, "1012", ago(60), ("p1", 1, 1390)),
        order(BEN, "1040", ago(8), ("p2", 1, 6200), cancelled=True, updated_at=ago(7)),
        order(EVA, "1043", now - timedelta(hours=2), ("p2", 2, 12400)),
    ]
    refund = RefundSeen("o-1042", "r-1", ago(2), (RefundLine("1042-1", 1, 450),), 450)
    review = ReviewSeen(
        "judgeme", "rv-1", ago(80), ReviewStatus.APPROVED, 5, "p2", ADA.ref, f"It lasts. {canary}", canary
    )
    return [*products, *people, *orders, refund, review]


@dataclass
class House:
    """A furnished shop, with the ids of what is in it."""

    shop: WorldShop
    ids: dict[str, str] = field(default_factory=dict)

    def path(self, rest: str = "") -> str:
        """An address of this shop in the admin."""
        return f"/admin/shops/{self.shop.key}/{rest}"


def furnish(world: World, shop: WorldShop, canary: str = "") -> House:
    """Fill a shop: its history, an open complaint, two messages in the inbox and some work, one dead letter in each.

    `canary` is put wherever a text of somebody else can stand.
    """
    now = world.clock.moment
    house = House(shop)

    def write(session: Session) -> None:
        ours = shops.get_shop(session, shop.id)
        pipeline.apply(session, ours, history(now, canary), now)
        house.ids["customer_id"] = customers.find(session, shop.id, ADA.id).id
        house.ids["complaint_id"] = complaints.open_complaint(
            session, shop.id, house.ids["customer_id"], "o-1042", "damaged", f"One bag was torn. {canary}", "report-1",
            now - timedelta(hours=30),
        ).id  # fmt: skip
        _receive(session, ours, now)

    world.writes(write)
    world.writes(lambda session: _bury(session, house, now))
    return house


def _receive(session: Session, shop: shops.Shop, now: datetime) -> None:
    source = shops.source_of_kind(session, shop.id, "shopify")
    assert source is not None
    for topic, body in (("orders/paid", b'{"id": 1042}'), ("orders/edited", b"{")):
        keep(session, Delivery(shop.id, source.id, "shopify", topic, body, topic, domain=shop.domain), now)
    work.add(session, [work.row(shop.id, "messaging.send", "nobody", {"key": "nobody"}, now)])


def _bury(session: Session, house: House, now: datetime) -> None:
    """One message and one piece of work are dead."""
    dead = {"state": "dead", "done_at": now, "attempts": 8, "last_error": "unusable: the body is unparseable"}
    message = (InboxRow.shop_id == house.shop.id) & (InboxRow.topic == "orders/edited")
    piece = (WorkRow.shop_id == house.shop.id) & (WorkRow.key == "messaging.send:nobody")
    session.execute(update(InboxRow).where(message).values(**dead))
    session.execute(update(WorkRow).where(piece).values(**dead))
    house.ids["message_id"] = session.query(InboxRow.id).where(message).one()[0]
    house.ids["work_id"] = session.query(WorkRow.id).where(piece).one()[0]
