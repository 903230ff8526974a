"""Shopify's addresses: one for all shops of an app, one per shop. Both header families are understood."""

from flask import Response, request

from regulars import clock, shops
from regulars.db import reading
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
    with reading() as session:
        shop = shops.find_shop_by_domain(session, _header("Shop-Domain") or "")
        source = shops.source_of_kind(session, shop.id, _KIND) if shop else None
        own_secrets = shops.source_secrets(source, now) if source else ()
        app_secrets = shops.app_secrets(session, _KIND, now)
    if not own_secrets and not app_secrets:
        raise intake.unknown_address()
    proven = is_signed(body, signature, own_secrets)
    if not proven and not is_signed(body, signature, app_secrets):
        raise intake.refuse(_KIND)
    if shop is None:
        raise intake.unknown_address()
    source_id = source.id if source and proven else APP
    return intake.accept(_delivery(body, shop.id, source_id, claimed=not proven), now)


@blueprint.post("/shopify/<token>")
def receive_for_shop(token: str) -> Response:
    """A delivery to a shop's own address, signed with the shop's own secret."""
    body = intake.read_body()
    now = clock.now()
    with reading() as session:
        source = shops.find_source(session, _KIND, token)
        if source is None:
            raise intake.unknown_address()
        secrets = shops.source_secrets(source, now)
    signature = intake.demand_parts(_KIND, _header_bytes("Hmac-Sha256"), body)
    if not is_signed(body, signature, secrets):
        raise intake.refuse(_KIND)
    return intake.accept(_delivery(body, source.shop_id, source.id, claimed=False), now)


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
