"""What is asked about messages, and what a letter says by reference: nothing of it lies in the message's own row."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import Session

from regulars import customers, ledger, orders
from regulars.bulk import among, as_ids
from regulars.messaging.models import Message
from regulars.values import iso

#: Gives more values for a letter, or None when there is nothing to say any more.
Words = Callable[[Session, Message], dict[str, Any] | None]


def _theirs(shop_id: Any, customer_id: Any) -> ColumnElement[bool]:
    return and_(shop_id == Message.shop_id, customer_id == Message.customer_id)


def by_key(session: Session, shop_id: int, key: str) -> Message | None:
    """The message with this key, if it was ever asked for."""
    return session.scalar(select(Message).where(Message.shop_id == shop_id, Message.key == key))


_LEAVING = (
    select(
        Message.id, Message.key, Message.state, Message.purpose, Message.latest_at,
        customers.Customer.state.label("customer_state"), customers.CustomerPii.email,
    )
    .outerjoin(customers.Customer, _theirs(customers.Customer.shop_id, customers.Customer.id))
    .outerjoin(customers.CustomerPii, _theirs(customers.CustomerPii.shop_id, customers.CustomerPii.customer_id))
    .where(Message.shop_id == bindparam("shop_id"), among(Message.key, "keys"))
)  # fmt: skip


def leaving(session: Session, shop_id: int, keys: Iterable[str]) -> Sequence[Any]:
    """The messages with these keys as far as `may_send` asks: with the state and the e-mail of whom they are for."""
    return session.execute(_LEAVING, {"shop_id": shop_id, "keys": as_ids(keys)}).all()


def to_customer(session: Session, shop_id: int, customer_id: str, limit: int = 50) -> list[Message]:
    """What was sent, skipped or is still to leave for one customer, newest first."""
    mine = (Message.shop_id == shop_id) & (Message.customer_id == customer_id)
    question = select(Message).where(mine).order_by(Message.created_at.desc(), Message.id).limit(limit)
    return list(session.scalars(question))


def order_and_points(session: Session, message: Message) -> dict[str, Any] | None:
    """The order of a thank-you, its points and from when all of them can be used; None when it stands no more."""
    order = session.get(orders.Order, (message.shop_id, message.data["order_id"]))
    if order is None or not order.standing:
        return None
    lot = ledger.LotRow
    theirs = (lot.shop_id == message.shop_id) & (lot.customer_id == message.customer_id) & (lot.remaining > 0)
    of_order = (lot.cause_type == "order") & (lot.cause_id == order.id)
    held_until = func.max(lot.release_at).filter(~lot.released)
    found = session.execute(select(func.sum(lot.remaining), held_until).where(theirs, of_order)).one()
    return {"order": order.name, "points": int(found[0] or 0), "available_at": iso(found[1]) if found[1] else ""}


def points_now(session: Session, message: Message) -> dict[str, Any] | None:
    """What the customer can spend altogether, when the message says of which unit."""
    account = session.get(ledger.AccountRow, (message.shop_id, message.customer_id, message.data.get("unit", "points")))
    return {"balance": account.available if account else 0}


#: Who finds the words of our own templates; other rooms have tables like it, `Regulars` gathers them all.
WORDS: dict[str, Words] = {
    "thank_you": order_and_points,
    "points_available": points_now,
}
