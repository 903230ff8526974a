"""A shop's own server that speaks our standard JSON."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from regulars import shops
from regulars.values import iso
from tests.world import World


@dataclass
class StandardShop:
    """A shop of platform standard, with its address and its key."""

    world: World
    id: int
    token: str
    key: bytes

    def sends(self, kind: str, data: dict[str, Any], message_id: str = "msg_1") -> TestResponse:
        """A signed message, now."""
        now = self.world.clock.moment
        body = json.dumps({"type": kind, "occurred_at": iso(now), "data": data}).encode()
        return self.posts(body, message_id, str(int(now.timestamp())))

    def posts(self, body: bytes, message_id: str, stamp: str, **headers: str) -> TestResponse:
        """Any body, signed for this id and time."""
        mac = hmac.new(self.key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signed = {
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        }
        return self.world.client.post(f"/webhooks/standard/{self.token}", data=body, headers=signed | headers)


def connect_standard(world: World, key: str = "house", secret: str | None = None) -> StandardShop:
    """Connect a shop of our standard JSON in EUR."""
    shop = world.shop(key, platform="standard", domain=f"{key}.example.com")

    def add(session: Session) -> tuple[str, str]:
        source, made = shops.add_source(
            session, shops.get_shop(session, shop.id), "standard", secret, world.clock.moment
        )
        return source.token, made

    token, made = world.writes(add)
    text = made.removeprefix("whsec_")
    return StandardShop(world, shop.id, token, base64.b64decode(text + "=" * (-len(text) % 4)))
