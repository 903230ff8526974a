"""What the yardstick does with an order: everything at once, inside the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.yardstick.models import Account, Customer, Entry, Event, Lot, Message, Order, OrderLine, StageChange

HOLD = timedelta(days=14)
LIFE = timedelta(days=365)


@dataclass(frozen=True)
class NewOrder:
    """An order whoever told it."""

    id: str
    name: str
    placed_at: datetime
    currency: str
    total_cents: int
    customer_id: str
    email: str | None
    customer_name: str | None
    lines: list[OrderLine]

    @property
    def net_cents(self) -> int:
        """What earns points: the lines after discounts, without tax."""
        return sum(line.net_cents for line in self.lines)


def from_shopify(document: dict[str, Any]) -> NewOrder:
    """An order out of Shopify's document, as its schema loaded it."""
    who = document["customer"]
    lines = [
        OrderLine(
            product_id=str(line["product_id"]), sku=line["sku"], title=line["title"], quantity=line["quantity"],
            net_cents=cents(line["price"] * line["quantity"] - sum(one["amount"] for one in line["discount_allocations"])),
        )
        for line in document["line_items"]
    ]  # fmt: skip
    return NewOrder(
        str(document["id"]), document["name"], document["created_at"], document["currency"],
        cents(document["total_price"]), str(who["id"]), who["email"], f"{who['first_name']} {who['last_name']}", lines,
    )  # fmt: skip


def from_history(document: dict[str, Any]) -> NewOrder:
    """An order out of a line of a file, as its schema loaded it."""
    lines = [
        OrderLine(
            product_id=line["product_id"], sku=line["sku"], title=line["title"], quantity=line["quantity"],
            net_cents=cents(line["net"]),
        )
        for line in document["lines"]
    ]  # fmt: skip
    who = document["customer"]
    return NewOrder(
        document["id"], document["name"], document["placed_at"], document["currency"], cents(document["total"]),
        who["id"], who["email"], who["name"], lines,
    )  # fmt: skip


def cents(amount: Decimal) -> int:
    """Minor units of an amount in euros."""
    return int(amount * 100)


def keep_event(session: Session, delivery_id: str, topic: str, body: bytes, now: datetime) -> bool:
    """Keep the webhook as it came; False when it came before."""
    if session.scalar(select(Event.id).where(Event.delivery_id == delivery_id)) is not None:
        return False
    session.add(Event(delivery_id=delivery_id, topic=topic, body=body, received_at=now))
    return True


def record(session: Session, new: NewOrder, now: datetime) -> int | None:
    """The whole order: customer, order, points, stage. Its id when it was the customer's first, which is thanked for."""
    customer, account = _customer(session, new)
    if session.scalar(select(Order.id).where(Order.external_id == new.id)) is not None:
        return None
    order = Order(
        external_id=new.id, customer_id=customer.id, name=new.name, placed_at=new.placed_at, currency=new.currency,
        total_cents=new.total_cents, net_cents=new.net_cents, lines=new.lines,
    )  # fmt: skip
    session.add(order)
    session.flush()
    _earn(session, customer, account, order, now)
    return order.id if _move(session, customer, order, now) else None


def _customer(session: Session, new: NewOrder) -> tuple[Customer, Account]:
    """Who ordered, found under a lock or made, with their account."""
    known = session.scalar(select(Customer).where(Customer.external_id == new.customer_id).with_for_update())
    if known is not None:
        account = session.get(Account, known.id)
        assert account is not None, "it was made with the customer"
        known.email, known.name = new.email, new.customer_name
        return known, account
    customer = Customer(
        external_id=new.customer_id,
        email=new.email,
        name=new.customer_name,
        stage="reach",
        orders_count=0,
        spent_cents=0,
    )
    session.add(customer)
    session.flush()
    account = Account(customer_id=customer.id, available=0, pending=0, reserved=0, earned=0)
    session.add(account)
    return customer, account


def _earn(session: Session, customer: Customer, account: Account, order: Order, now: datetime) -> None:
    """Points for the order, once: on hold at first, and released when an old order's hold has ended."""
    key = f"order:{order.external_id}"
    if session.scalar(select(Entry.id).where(Entry.idempotency_key == key)) is not None:
        return
    points, release_at = order.net_cents // 100, order.placed_at + HOLD
    account.pending += points
    account.earned += points
    _enter(session, account, order, "earn", points, key, now)
    released = release_at <= now
    if released:
        account.pending -= points
        account.available += points
        _enter(session, account, order, "release", points, f"release:{order.external_id}", now)
    session.add(
        Lot(
            customer_id=customer.id, points=points, remaining=points, released=released, release_at=release_at,
            expires_at=release_at + LIFE,
        )
    )  # fmt: skip


def _enter(session: Session, account: Account, order: Order, kind: str, points: int, key: str, now: datetime) -> None:
    session.add(
        Entry(
            customer_id=account.customer_id, order_id=order.id, kind=kind, points=points, idempotency_key=key, at=now,
            available_after=account.available, pending_after=account.pending,
        )
    )  # fmt: skip


def _move(session: Session, customer: Customer, order: Order, now: datetime) -> bool:
    """The customer's sums and stage; whether this was their first order."""
    customer.orders_count += 1
    customer.spent_cents += order.total_cents
    customer.first_order_at = min(customer.first_order_at or order.placed_at, order.placed_at)
    customer.last_order_at = max(customer.last_order_at or order.placed_at, order.placed_at)
    stage = "acquire" if customer.orders_count == 1 else "retain"
    if stage != customer.stage:
        session.add(StageChange(customer_id=customer.id, old=customer.stage, new=stage, at=now))
        customer.stage = stage
    return customer.orders_count == 1


def decide_thank_you(session: Session, order_id: int, now: datetime) -> None:
    """The follow-up of a first order: whether the thank-you letter leaves. No mail server is set, so it is skipped."""
    order = session.get_one(Order, order_id)
    customer = session.get_one(Customer, order.customer_id)
    key = f"thank_you:{customer.id}"
    if session.scalar(select(Message.id).where(Message.key == key)) is not None:
        return
    reason = "no_mail_server" if customer.email else "no_address"
    session.add(
        Message(key=key, customer_id=customer.id, template="thank_you", state="skipped", reason=reason, created_at=now)
    )
