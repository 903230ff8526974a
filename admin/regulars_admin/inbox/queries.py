"""The webhooks that arrived at one shop: the list, one of them, whom it concerns."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, defer

from regulars.customers import Identity
from regulars.errors import NotFound
from regulars.orders.models import Order
from regulars.shops import Source
from regulars_admin.paging import PAGE_ROWS, Page, page
from regulars_webhooks.inbox import InboxRow, body_of

STATES = ("ready", "leased", "done", "ignored", "dead", "discarded")
_BODY_SHOWN_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class Search:
    """What the list is asked for; `about` is a topic, an order's, a customer's or a delivery's id."""

    state: str = ""
    kind: str = ""
    about: str = ""
    page: int = 1


def list_messages(session: Session, shop_id: int, search: Search) -> Page[InboxRow]:
    """One page of the messages that fit, the newest first, without their bodies."""
    question = select(InboxRow).where(InboxRow.shop_id == shop_id).options(defer(InboxRow.body_sealed))
    if search.state:
        question = question.where(InboxRow.condition == search.state)
    if search.kind:
        question = question.where(InboxRow.kind == search.kind)
    if search.about:
        exact = (InboxRow.topic, InboxRow.order_id, InboxRow.customer_id, InboxRow.delivery_id, InboxRow.id)
        question = question.where(or_(*(column == search.about for column in exact)))
    newest = question.order_by(InboxRow.received_at.desc(), InboxRow.id)
    rows = session.scalars(newest.limit(PAGE_ROWS + 1).offset((search.page - 1) * PAGE_ROWS)).all()
    return page(rows, search.page)


def count_states(session: Session, shop_id: int) -> dict[str, int]:
    """How many messages are in each state."""
    counted = select(InboxRow.condition, func.count()).where(InboxRow.shop_id == shop_id)
    question = counted.group_by(InboxRow.condition)
    return {row[0]: row[1] for row in session.execute(question)}


def kinds(session: Session, shop_id: int) -> Sequence[str]:
    """The kinds of source that feed the shop."""
    return session.scalars(select(Source.kind).where(Source.shop_id == shop_id).order_by(Source.kind)).all()


def read(session: Session, shop_id: int, message_id: str) -> InboxRow:
    """One message. Raises NotFound."""
    row = session.get(InboxRow, (shop_id, message_id))
    if row is None:
        raise NotFound("There is no such message in this shop.")
    return row


def concerned_customer(session: Session, row: InboxRow) -> str | None:
    """Our id of the customer whom a message concerns, by the platform's id or through the order."""
    if row.customer_id:
        identity = session.get(Identity, (row.shop_id, "external", row.customer_id))
        if identity:
            return identity.customer_id
    order = session.get(Order, (row.shop_id, row.order_id)) if row.order_id else None
    return order.customer_id if order else None


def body_text(row: InboxRow) -> str:
    """The body for reading: indented where it is JSON, with every digit as it came. Raises Unusable when it is gone."""
    body = body_of(row)
    with suppress(msgspec.DecodeError):  # what is no JSON is shown as it came
        body = msgspec.json.format(body, indent=2)
    return body[:_BODY_SHOWN_BYTES].decode("utf-8", "replace")
