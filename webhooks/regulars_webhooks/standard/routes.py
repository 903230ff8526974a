"""The address for our standard JSON, signed by Standard Webhooks."""

from datetime import datetime

from flask import Response

from regulars import clock, shops
from regulars.shops import Speaker
from regulars_webhooks import intake
from regulars_webhooks.inbox import Delivery
from regulars_webhooks.standard.signature import Signed, is_signed, key_of

blueprint = intake.new_blueprint("standard", __name__)

_KIND = "standard"


@blueprint.post("/standard/<token>")
def receive(token: str) -> Response:
    """A message to a shop's own address. Its type stands in the body, which nobody reads here."""
    body = intake.read_body()
    now = clock.now()
    given = intake.header_bytes("webhook-signature")
    headers = Signed(
        intake.header_bytes("webhook-id") or b"", intake.header_bytes("webhook-timestamp") or b"", given or b""
    )

    def proof(speaker: Speaker) -> str | None:
        signed = speaker.own and is_signed(body, headers, speaker.own.good_at(now), now.timestamp())
        return speaker.source_id if signed else None

    speaker, source_id = intake.who_speaks((_KIND, token), lambda session: shops.speaker(session, _KIND, token), proof)
    if speaker is None or speaker.shop_id is None or not _can_be_proven(speaker, now):
        raise intake.unknown_address()
    intake.demand_parts(_KIND, given, body)
    if source_id is None:
        raise intake.refuse(_KIND)
    delivery = Delivery(
        shop_id=speaker.shop_id,
        source_id=source_id,
        kind=_KIND,
        topic=_KIND,
        body=body,
        delivery_id=headers.id.decode("latin-1"),
    )
    return intake.accept(delivery, now)


def _can_be_proven(speaker: Speaker, now: datetime) -> bool:
    return speaker.own is not None and any(key_of(secret) for secret in speaker.own.good_at(now))
