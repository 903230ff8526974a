"""The address for our standard JSON, signed by Standard Webhooks."""

from flask import Response

from regulars import clock, shops
from regulars.db import reading
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
    with reading() as session:
        source = shops.find_source(session, _KIND, token)
        secrets = shops.source_secrets(source, now) if source else ()
    if source is None or not any(key_of(secret) for secret in secrets):
        raise intake.unknown_address()
    signature = intake.demand_parts(_KIND, intake.header_bytes("webhook-signature"), body)
    headers = Signed(
        intake.header_bytes("webhook-id") or b"", intake.header_bytes("webhook-timestamp") or b"", signature
    )
    if not is_signed(body, headers, secrets, now.timestamp()):
        raise intake.refuse(_KIND)
    delivery = Delivery(
        shop_id=source.shop_id,
        source_id=source.id,
        kind=_KIND,
        topic=_KIND,
        body=body,
        delivery_id=headers.id.decode("latin-1"),
    )
    return intake.accept(delivery, now)
