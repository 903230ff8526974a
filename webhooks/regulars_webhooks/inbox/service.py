"""Keep an authentic message, read a batch of them, forget bodies whose time is over."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import local
from typing import Any, cast

import zstandard
from flask import current_app
from sqlalchemy import update
from sqlalchemy.orm import Session

from regulars import bulk, pipeline, runtime, shops, work
from regulars.errors import Unusable
from regulars.facts import Batch, Fact
from regulars.shops import Shop
from regulars.values import new_id, parse_time
from regulars.work import Outcome
from regulars_webhooks.bodies import Envelope, clean
from regulars_webhooks.inbox.models import InboxRow

#: Where the extension keeps the normalisers of its platforms, by kind of source.
NORMALISERS = "regulars_webhooks"
#: The source_id of a message that came to the one address of an app for many shops.
APP = "app"
#: States in which a row needs its body no more, except to be replayed.
CLOSED = ("done", "ignored", "dead", "discarded")
_HINT_LENGTH = 200

Normaliser = Callable[[Envelope], Batch]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One verified message, as it goes into the inbox. Everything but the body comes from unsigned headers."""

    shop_id: int
    source_id: str
    kind: str
    topic: str
    body: bytes
    delivery_id: str = ""
    event_id: str | None = None
    triggered_at: str | None = None
    domain: str | None = None
    api_version: str | None = None
    claimed: bool = False


def keep(session: Session, delivery: Delivery, now: datetime) -> None:
    """Write the message down, once, and ring after the commit; the same message again changes nothing."""
    keep_rows(session, [row_of(delivery, now)])


def keep_rows(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write messages down, each once, in one statement, and ring after the commit."""
    bulk.insert_new(session, InboxRow, rows)
    work.ring_after_commit(session)


def row_of(delivery: Delivery, now: datetime) -> dict[str, Any]:
    """The row that keeps a message: its body compressed and sealed, what headers hint beside it."""
    row_id = new_id()
    hints = {
        "triggered_at": delivery.triggered_at,
        "domain": delivery.domain,
        "api_version": delivery.api_version,
    }
    headers: dict[str, Any] = {name: clean(value, _HINT_LENGTH) for name, value in hints.items() if value}
    return {
        "shop_id": delivery.shop_id,
        "id": row_id,
        "source_id": delivery.source_id,
        "kind": delivery.kind,
        "topic": clean(delivery.topic, _HINT_LENGTH),
        "delivery_id": clean(delivery.delivery_id, _HINT_LENGTH),
        "event_id": clean(delivery.event_id, _HINT_LENGTH) or None,
        "body_hash": sha256(delivery.body).hexdigest(),
        "headers": headers | ({"claimed": True} if delivery.claimed else {}),
        "body_sealed": _seal(delivery, row_id),
        "received_at": now,
        "run_at": now,
    }


class _Packing(local):
    """Each thread's own: no two may use one at once, and to make one costs more than to pack with it."""

    def __init__(self) -> None:
        self.pack = zstandard.ZstdCompressor(level=1).compress
        self.unpack = zstandard.ZstdDecompressor().decompress


_packing = _Packing()


def _unpack(packed: bytes) -> bytes:
    """Zstandard, or zlib as the first versions packed: a third of its speed."""
    return _packing.unpack(packed) if packed.startswith(zstandard.FRAME_HEADER) else zlib.decompress(packed)


def _seal(delivery: Delivery, row_id: str) -> bytes:
    packed = _packing.pack(delivery.body)
    return runtime.current().keyring.seal(packed, delivery.shop_id, f"inbox.body:{row_id}")


def body_of(row: InboxRow) -> bytes:
    """The very bytes that were sent. Raises Unusable when they are kept no longer."""
    if row.body_sealed is None:
        raise Unusable("The body of this message is no longer kept (REGULARS_KEEP_BODIES_DAYS).")
    return _unpack(runtime.current().keyring.open(row.body_sealed, row.shop_id, f"inbox.body:{row.id}"))


def handle(session: Session, shop_id: int, rows: list[InboxRow], now: datetime) -> dict[str, Outcome]:
    """Read a batch and apply all its facts at once; unusable messages become dead letters, with the reason."""
    shop = shops.get_shop(session, shop_id)
    outcomes: dict[str, Outcome] = {}
    facts: list[Fact] = []
    concerned: list[dict[str, Any]] = []
    for row in rows:
        try:
            batch = _read(row, shop)
        except Unusable as error:
            outcomes[row.id] = Outcome("dead", f"unusable: {error.detail}")
            continue
        if batch.ignored is not None:
            outcomes[row.id] = Outcome("ignored", batch.ignored)
        facts.extend(batch.facts)
        if batch.customer_id or batch.order_id:
            ids = {"customer_id": batch.customer_id, "order_id": batch.order_id}
            concerned.append({"shop_id": shop_id, "id": row.id} | ids)
    if facts:
        pipeline.apply(session, shop, facts, now)
    bulk.update(session, InboxRow, concerned)
    return outcomes


def _read(row: InboxRow, shop: Shop) -> Batch:
    normalisers = cast(dict[str, Normaliser], current_app.extensions[NORMALISERS])
    normalise = normalisers.get(row.kind)
    if normalise is None:
        raise Unusable(f"Nobody here reads messages of kind {row.kind!r}; install what received it, then replay.")
    envelope = Envelope(
        topic=row.topic,
        body=body_of(row),
        currency=shop.currency,
        domain=shop.domain,
        received_at=row.received_at,
        triggered_at=_time_or_none(row.headers.get("triggered_at")),
        claimed=bool(row.headers.get("claimed")),
    )
    return normalise(envelope)


def _time_or_none(text: Any) -> datetime | None:
    """A header's time; what is no time is no hint."""
    try:
        return parse_time(text)
    except ValueError:
        return None


def purge(session: Session, shop_id: int, _rows: list[work.WorkRow], now: datetime) -> None:
    """Forget the bodies that have been kept long enough; the rows stay, so repeats are still recognised."""
    before = now - timedelta(days=runtime.current().settings.keep_bodies_days)
    session.execute(
        update(InboxRow)
        .where(InboxRow.shop_id == shop_id, InboxRow.state.in_(CLOSED), InboxRow.received_at < before)
        .where(InboxRow.body_sealed.is_not(None))
        .values(body_sealed=None)
        .execution_options(synchronize_session=False)
    )
