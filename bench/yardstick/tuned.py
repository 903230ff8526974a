"""The tuned rung: the yardstick's effect as a specialist would write it, still one order a request and a commit.

msgspec's slim structs in place of marshmallow, SQLAlchemy Core with upserts in place of the ORM; served by granian. Follow-ups
go to the same RQ worker, one job each.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from flask import Flask, Response, jsonify, request
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bench.yardstick import app as plain
from bench.yardstick.models import Account, Customer, Entry, Event, Lot, Order, OrderLine, StageChange, db
from bench.yardstick.service import HOLD, LIFE

_INSERT: dict[str, Any] = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}


class Off(msgspec.Struct):
    """What a discount took off a line."""

    amount: Decimal


class Line(msgspec.Struct):
    """A line, as far as points need it."""

    product_id: int
    sku: str
    title: str
    quantity: int
    price: Decimal
    discount_allocations: list[Off]

    @property
    def net_cents(self) -> int:
        """After discounts, without tax."""
        return int((self.price * self.quantity - sum(one.amount for one in self.discount_allocations)) * 100)


class Who(msgspec.Struct):
    """Who ordered."""

    id: int
    email: str
    first_name: str
    last_name: str


class Document(msgspec.Struct):
    """An order, as far as points need it."""

    id: int
    name: str
    created_at: datetime
    currency: str
    total_price: Decimal
    customer: Who
    line_items: list[Line]


_DECODER = msgspec.json.Decoder(Document)


def create_app() -> Flask:
    """The yardstick's app with another webhook; the widget's answer and the hello are the same."""
    app = plain.create_app()
    app.view_functions["receive"] = receive
    app.add_url_rule("/hello", endpoint="hello", view_func=lambda: "hello")
    return app


def receive() -> Response:
    """One order: verified, done, committed; then its follow-up is enqueued."""
    body = request.get_data()
    plain.check(body, request.headers.get("X-Shopify-Hmac-Sha256", ""))
    document = _DECODER.decode(body)
    engine: Engine = db.engine
    now = datetime.now(UTC)
    with engine.begin() as connection:
        first = _record(connection, document, body, now)
    if first is not None:
        plain.follow_up(first)
    return jsonify(kept=True)


def _record(connection: Connection, new: Document, body: bytes, now: datetime) -> int | None:
    """The whole order; its id when it was the customer's first, which is thanked for."""
    insert = _INSERT[connection.dialect.name]
    event = insert(Event).values(
        delivery_id=request.headers["X-Shopify-Webhook-Id"], topic=request.headers["X-Shopify-Topic"], body=body, received_at=now
    )  # fmt: skip
    if connection.scalar(event.on_conflict_do_nothing().returning(Event.id)) is None:
        return None
    customer_id = connection.scalar(_customer(insert, new))
    net = sum(line.net_cents for line in new.line_items)
    order = insert(Order).values(
        external_id=str(new.id), customer_id=customer_id, name=new.name, placed_at=new.created_at, currency=new.currency,
        total_cents=int(new.total_price * 100), net_cents=net,
    )  # fmt: skip
    order_id: int | None = connection.scalar(order.on_conflict_do_nothing().returning(Order.id))
    if order_id is None:
        return None
    connection.execute(insert(OrderLine), _lines(new, order_id))
    _earn(connection, insert, new, customer_id, order_id, net // 100, now)
    return order_id if _move(connection, insert, new, customer_id, now) else None


def _customer(insert: Any, new: Document) -> Any:
    """Find or make the customer, under their lock."""
    who = new.customer
    said = {"email": who.email, "name": f"{who.first_name} {who.last_name}"}
    row = insert(Customer).values(external_id=str(who.id), stage="reach", orders_count=0, spent_cents=0, **said)
    return row.on_conflict_do_update(index_elements=["external_id"], set_=said).returning(Customer.id)


def _lines(new: Document, order_id: int) -> list[dict[str, Any]]:
    return [
        {
            "order_id": order_id, "product_id": str(line.product_id), "sku": line.sku, "title": line.title,
            "quantity": line.quantity, "net_cents": line.net_cents,
        }
        for line in new.line_items
    ]  # fmt: skip


def _earn(
    connection: Connection, insert: Any, new: Document, customer_id: Any, order_id: int, points: int, now: datetime
) -> None:
    fresh = {
        "customer_id": customer_id,
        "available": 0,
        "pending": points,
        "reserved": 0,
        "earned": points,
        "version": 1,
    }
    added = {"pending": Account.pending + points, "earned": Account.earned + points, "version": Account.version + 1}
    account = insert(Account).values(**fresh).on_conflict_do_update(index_elements=["customer_id"], set_=added)
    after = connection.execute(account.returning(Account.available, Account.pending)).one()
    entry = {"customer_id": customer_id, "order_id": order_id, "kind": "earn", "points": points, "at": now}
    balances = {"available_after": after.available, "pending_after": after.pending}
    connection.execute(insert(Entry).values(**entry, **balances, idempotency_key=f"order:{new.id}"))
    release_at = new.created_at + HOLD
    lot = {"customer_id": customer_id, "points": points, "remaining": points, "released": False}
    connection.execute(insert(Lot).values(**lot, release_at=release_at, expires_at=release_at + LIFE))


def _move(connection: Connection, insert: Any, new: Document, customer_id: Any, now: datetime) -> bool:
    """The customer's sums and stage; whether this was their first order."""
    counted = db.update(Customer).where(Customer.id == customer_id).values(
        orders_count=Customer.orders_count + 1, spent_cents=Customer.spent_cents + int(new.total_price * 100),
        first_order_at=db.func.coalesce(Customer.first_order_at, new.created_at), last_order_at=new.created_at,
        stage=db.case((Customer.orders_count == 0, "acquire"), else_="retain"),
    )  # fmt: skip
    count = connection.scalar(counted.returning(Customer.orders_count))
    if count in (1, 2):
        old, stage = ("reach", "acquire") if count == 1 else ("acquire", "retain")
        connection.execute(insert(StageChange).values(customer_id=customer_id, old=old, new=stage, at=now))
    return bool(count == 1)
