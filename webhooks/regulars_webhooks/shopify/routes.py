"""Shopify's addresses: one for all shops of an app, one per shop. Both header families are understood."""

from flask import Response, request

from regulars import clock, shops
from regulars.shops import Speaker
from regulars_webhooks import intake
from regulars_webhooks.inbox import APP, Delivery
from regulars_webhooks.shopify.signature import is_signed

blueprint = intake.new_blueprint("shopify", __name__)

_KIND = "shopify"


@blueprint.post("/shopify")
def receive_for_app() -> Response:
    """A delivery to the one address of an app. The shop's name is a claim: the app's secret signs for all its shops."""
    body = intake.read_body()
    signature = intake.demand_parts(_KIND, _header_bytes("Hmac-Sha256"), body)
    now = clock.now()
    domain = _header("Shop-Domain") or ""

    def proof(speaker: Speaker) -> str | None:
        if speaker.shop_id and speaker.own and is_signed(body, signature, speaker.own.good_at(now)):
            return speaker.source_id
        by_the_app = speaker.app and is_signed(body, signature, speaker.app.good_at(now))
        return APP if by_the_app else None

    speaker, source_id = intake.who_speaks(
        (_KIND, f"@{domain}"), lambda session: shops.app_speaker(session, _KIND, domain), proof
    )
    if speaker is None or (speaker.own is None and speaker.app is None):
        raise intake.unknown_address()
    if source_id is None:
        raise intake.refuse(_KIND)
    if speaker.shop_id is None:
        raise intake.unknown_address()
    return intake.accept(_delivery(body, speaker.shop_id, source_id, claimed=source_id == APP), now)


@blueprint.post("/shopify/<token>")
def receive_for_shop(token: str) -> Response:
    """A delivery to a shop's own address, signed with the shop's own secret."""
    body = intake.read_body()
    now = clock.now()
    given = _header_bytes("Hmac-Sha256")

    def proof(speaker: Speaker) -> str | None:
        signed = given and speaker.own and is_signed(body, given, speaker.own.good_at(now))
        return speaker.source_id if signed else None

    speaker, source_id = intake.who_speaks((_KIND, token), lambda session: shops.speaker(session, _KIND, token), proof)
    if speaker is None or speaker.shop_id is None:
        raise intake.unknown_address()
    intake.demand_parts(_KIND, given, body)
    if source_id is None:
        raise intake.refuse(_KIND)
    return intake.accept(_delivery(body, speaker.shop_id, source_id, claimed=False), now)


def _header(name: str) -> str | None:
    """A header of the delivery; the newer family of names has no X."""
    return request.headers.get(f"X-Shopify-{name}", request.headers.get(f"Shopify-{name}"))


def _header_bytes(name: str) -> bytes | None:
    classic = intake.header_bytes(f"X-Shopify-{name}")
    return intake.header_bytes(f"Shopify-{name}") if classic is None else classic


def _delivery(body: bytes, shop_id: int, source_id: str, *, claimed: bool) -> Delivery:
    return Delivery(
        shop_id=shop_id,
        source_id=source_id,
        kind=_KIND,
        topic=_header("Topic") or "",
        body=body,
        delivery_id=_header("Webhook-Id") or "",
        event_id=_header("Event-Id"),
        triggered_at=_header("Triggered-At"),
        domain=_header("Shop-Domain"),
        api_version=_header("API-Version"),
        claimed=claimed,
    )
