"""Messages: asked for in the transaction that causes them, checked again when they leave, kept with how they ended."""

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from sqlalchemy.orm import Session

from regulars import customers, runtime, shops, work
from regulars.bulk import insert_new, update
from regulars.errors import UnknownOutcome
from regulars.messaging import gateway, letters, queries
from regulars.messaging.deliverable import deliverable
from regulars.messaging.gateway import Letter
from regulars.messaging.languages import choose
from regulars.messaging.models import Message
from regulars.messaging.permission import hopeless, may_send
from regulars.messaging.tables import BY_A_PERSON, TEMPLATES
from regulars.values import new_id

KIND = "messaging.send"
_ENDED = ("sent", "skipped")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message somebody asks for. `key` makes it the same message; `data` holds ids, codes and numbers, never words."""

    customer_id: str
    template: str
    purpose: str
    key: str
    latest_at: datetime
    data: dict[str, Any] = field(default_factory=dict)


def queue(session: Session, shop_id: int, messages: list[NewMessage], now: datetime) -> None:
    """Ask for messages: one row for each key that is new, and work for those that may leave; two statements in all."""
    rows = [_row(shop_id, message, now) for message in messages]
    insert_new(session, Message, rows)
    queued = [row["key"] for row in rows if row["state"] == "queued"]
    work.add(session, [work.row(shop_id, KIND, key, {"key": key}, now) for key in queued])


def _row(shop_id: int, message: NewMessage, now: datetime) -> dict[str, Any]:
    if message.template not in TEMPLATES:
        raise KeyError(f"there is no template {message.template!r}")
    reason = hopeless(message.purpose, now, message.latest_at)
    return {
        "shop_id": shop_id, "id": new_id(), "customer_id": message.customer_id, "template": message.template,
        "purpose": message.purpose, "key": message.key, "data": message.data, "reason": reason,
        "state": "skipped" if reason else "queued", "created_at": now, "latest_at": message.latest_at,
    }  # fmt: skip


def prepare(session: Session, row: work.WorkRow, now: datetime) -> Letter | None:
    """The letter as it leaves now, or None when it must not (the message then says why) or already has."""
    message = queries.by_key(session, row.shop_id, row.payload["key"])
    if message is None or message.state in _ENDED:
        return None
    customer = session.get(customers.Customer, (row.shop_id, message.customer_id))
    contact = customers.contact(session, row.shop_id, message.customer_id)
    address = deliverable(contact.email)
    state = customer.state if customer else None
    reason = _refusal(message.purpose, state, address, now, message.latest_at)
    words = _words(session, message) if reason is None else None
    if words is None or address is None:
        message.state, message.reason = "skipped", reason or "nothing_to_say"
        return None
    return _letter(shops.get_shop(session, row.shop_id), message, contact, address, words, now)


def sift(session: Session, shop_id: int, rows: list[work.WorkRow], now: datetime) -> set[str]:
    """What `prepare` would find for each without looking at words: the rows of messages that must not leave, or already have."""
    found = {one.key: one for one in queries.leaving(session, shop_id, [row.payload["key"] for row in rows])}
    needless, skipped = set(), []
    for row in rows:
        one = found.get(row.payload["key"])
        if one is None or one.state in _ENDED:
            needless.add(row.id)
        elif reason := _refusal(one.purpose, one.customer_state, deliverable(one.email), now, one.latest_at):
            needless.add(row.id)
            skipped.append({"shop_id": shop_id, "id": one.id, "state": "skipped", "reason": reason})
    update(session, Message, skipped)
    return needless


def _refusal(
    purpose: str, customer_state: str | None, address: str | None, now: datetime, latest_at: datetime
) -> str | None:
    reason = may_send(purpose, customer_state, address is not None, now, latest_at)
    return reason if reason or runtime.current().settings.smtp_url else "no_mail_server"


def _words(session: Session, message: Message) -> dict[str, Any] | None:
    """All that the letter speaks of: the template's own values, the message's data, and what is found by reference."""
    find = runtime.current().words.get(message.template)
    found = find(session, message) if find else {}
    return None if found is None else TEMPLATES[message.template] | message.data | found


def _letter(
    shop: shops.Shop, message: Message, contact: customers.Contact, address: str, words: dict[str, Any], now: datetime
) -> Letter:
    language = choose((contact.locale, shop.locale), letters.LANGUAGES)
    values = letters.speakable(words, language, shop.timezone) | {"shop": shop.name, "name": contact.name}
    name, sender = parseaddr(runtime.current().settings.mail_from)
    text = letters.render(message.template, language, values)
    return Letter(
        id=message.id, sender_name=name or shop.name, sender=sender or f"no-reply@{shop.domain}", recipient=address,
        subject=text.subject, text=text.text, html=text.html, language=language, at=now,
        automatic=message.template not in BY_A_PERSON,
    )  # fmt: skip


def record(session: Session, row: work.WorkRow, _receipt: Any, now: datetime) -> None:
    """The mail server has it."""
    if message := queries.by_key(session, row.shop_id, row.payload["key"]):
        message.state, message.reason, message.sent_at = "sent", None, now


def give_up(session: Session, row: work.WorkRow, error: Exception, _now: datetime) -> None:
    """Nothing more will be tried by itself: it failed for certain, or nobody knows whether it arrived."""
    message = queries.by_key(session, row.shop_id, row.payload["key"])
    if message is None:
        return
    if isinstance(error, UnknownOutcome):
        message.state, message.reason = "unknown", "no_answer"
    else:
        message.state, message.reason = "failed", "refused" if getattr(error, "permanent", True) else "unreachable"


HANDLERS: dict[str, work.Handler] = {KIND: work.Sending(prepare, gateway.send, record, give_up=give_up, sift=sift)}
