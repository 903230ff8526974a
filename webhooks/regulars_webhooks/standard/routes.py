"""The address for our standard JSON, signed by Standard Webhooks."""

from datetime import datetime

from regulars import shops
from regulars.shops import Speaker
from regulars_webhooks import intake
from regulars_webhooks.inbox import Delivery
from regulars_webhooks.intake import Incoming, Intake
from regulars_webhooks.standard.signature import Signed, is_signed, key_of

_KIND = "standard"


def receive(here: Intake, incoming: Incoming) -> Delivery:
    """A message to a shop's own address. Its type stands in the body, which nobody reads here."""
    body, now, token = incoming.body, incoming.now, incoming.token
    given = incoming.header_bytes("HTTP_WEBHOOK_SIGNATURE")
    headers = Signed(
        incoming.header_bytes("HTTP_WEBHOOK_ID") or b"",
        incoming.header_bytes("HTTP_WEBHOOK_TIMESTAMP") or b"",
        given or b"",
    )

    def proof(speaker: Speaker) -> str | None:
        signed = speaker.own and is_signed(body, headers, speaker.own.good_at(now), now.timestamp())
        return speaker.source_id if signed else None

    speaker, source_id = here.who_speaks((_KIND, token), lambda session: shops.speaker(session, _KIND, token), proof)
    if speaker is None or speaker.shop_id is None or not _can_be_proven(speaker, now):
        raise intake.unknown_address()
    intake.demand_parts(_KIND, given, body)
    if source_id is None:
        raise intake.refuse(_KIND)
    return Delivery(
        shop_id=speaker.shop_id,
        source_id=source_id,
        kind=_KIND,
        topic=_KIND,
        body=body,
        delivery_id=headers.id.decode("latin-1"),
    )


def _can_be_proven(speaker: Speaker, now: datetime) -> bool:
    return speaker.own is not None and any(key_of(secret) for secret in speaker.own.good_at(now))


ADDRESSES: intake.Addresses = {"/standard/<token>": receive}
blueprint = intake.new_blueprint(_KIND, __name__, ADDRESSES)
