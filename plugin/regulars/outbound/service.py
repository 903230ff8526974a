"""Endpoints of others, and the events they hear of: announced in the transaction that causes them, delivered by work."""

import base64
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import audit, runtime, work
from regulars.errors import InvalidInput
from regulars.outbound import gateway
from regulars.outbound.gateway import GONE, Parcel
from regulars.outbound.models import Endpoint
from regulars.outbound.tables import EVENTS
from regulars.shops import Shop
from regulars.values import iso, new_id

KIND = "outbound.deliver"
_SECRET_BYTES = 24
_TRIES = 17  # the waits double from 5 s to a day: one and a half to three days in all


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `key` makes it the same event; `data` holds ids, codes and numbers, never words."""

    type: str
    key: str
    data: dict[str, Any] = field(default_factory=dict)


def add_endpoint(
    session: Session, shop: Shop, url: str, events: Collection[str], now: datetime, actor: str = "operator"
) -> tuple[Endpoint, str]:
    """Let an address hear of these events; gives the endpoint and the secret of its signatures, shown once.

    Raises InvalidInput for an unknown event and for an address that we may not call.
    """
    unknown = sorted(set(events) - EVENTS.keys())
    if unknown or not events:
        wrong = f"There is no event {', '.join(unknown)}" if unknown else "Name at least one event"
        raise InvalidInput(f"{wrong}; choose from {', '.join(EVENTS)}.")
    gateway.check(url, allow_private=runtime.current().settings.outbound_url_allow_private)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    endpoint = Endpoint(shop_id=shop.id, id=new_id(), url=url, events=sorted(set(events)), created_at=now)
    endpoint.secret_sealed = runtime.current().keyring.seal(secret.encode(), shop.id, _place(endpoint))
    session.add(endpoint)
    audit.record(session, shop.id, actor, "endpoint.added", endpoint.id, now)
    return endpoint, secret


def _place(endpoint: Endpoint) -> str:
    return f"endpoints.secret:{endpoint.id}"


def endpoints(session: Session, shop_id: int) -> list[Endpoint]:
    """All endpoints of a shop, oldest first, the disabled ones too."""
    mine = select(Endpoint).where(Endpoint.shop_id == shop_id).order_by(Endpoint.created_at, Endpoint.id)
    return list(session.scalars(mine))


def announce(session: Session, shop_id: int, events: list[Event], now: datetime) -> None:
    """Tell every endpoint that wants to hear of them, once each; two statements in all."""
    if not events:
        return
    open_ones = select(Endpoint.id, Endpoint.events).where(Endpoint.shop_id == shop_id, Endpoint.disabled_at.is_(None))
    listeners = session.execute(open_ones).all()
    work.add(
        session,
        [
            _work(shop_id, event, listener.id, now)
            for event in events
            for listener in listeners
            if event.type in listener.events
        ],
    )


def _work(shop_id: int, event: Event, endpoint_id: str, now: datetime) -> dict[str, Any]:
    payload = {"endpoint_id": endpoint_id, "type": event.type, "timestamp": iso(now), "data": event.data}
    return work.row(shop_id, KIND, f"{event.type}:{event.key}:{endpoint_id}", payload, now)


def prepare(session: Session, row: work.WorkRow, now: datetime) -> Parcel | None:
    """The signed webhook, or None when its endpoint is gone or disabled by now."""
    endpoint = session.get(Endpoint, (row.shop_id, row.payload["endpoint_id"]))
    if endpoint is None or endpoint.disabled_at:
        return None
    secret = runtime.current().keyring.open(endpoint.secret_sealed, row.shop_id, _place(endpoint)).decode()
    body = json.dumps({name: row.payload[name] for name in ("type", "timestamp", "data")}, separators=(",", ":"))
    return Parcel(url=endpoint.url, headers=gateway.signed(secret, f"msg_{row.id}", now, body), body=body.encode())


def record(session: Session, row: work.WorkRow, status: int, now: datetime) -> None:
    """It was taken, or the other side said that nobody is there any more and never will be."""
    endpoint = session.get(Endpoint, (row.shop_id, row.payload["endpoint_id"]))
    if status == GONE and endpoint is not None:
        endpoint.disabled_at, endpoint.disabled_why = now, "gone"
        audit.record(session, row.shop_id, "system", "endpoint.disabled", endpoint.id, now, why="gone")


HANDLERS: dict[str, work.Handler] = {KIND: work.Sending(prepare, gateway.send, record, repeatable=True, tries=_TRIES)}
