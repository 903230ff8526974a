"""Shopify's addresses: one for all shops of an app, one per shop. Both header families are understood."""

from regulars import shops
from regulars.shops import Speaker
from regulars_webhooks import intake
from regulars_webhooks.inbox import APP, Delivery
from regulars_webhooks.intake import Incoming, Intake
from regulars_webhooks.shopify.signature import is_signed

_KIND = "shopify"


def _names(name: str) -> tuple[str, str]:
    """A header of a delivery as WSGI writes it, classic first; the newer family of names has no X."""
    return f"HTTP_X_SHOPIFY_{name}", f"HTTP_SHOPIFY_{name}"


_SIGNATURE = _names("HMAC_SHA256")
_DOMAIN = _names("SHOP_DOMAIN")
_TOPIC = _names("TOPIC")
_DELIVERY_ID = _names("WEBHOOK_ID")
_EVENT_ID = _names("EVENT_ID")
_TRIGGERED_AT = _names("TRIGGERED_AT")
_API_VERSION = _names("API_VERSION")


def receive_for_app(here: Intake, incoming: Incoming) -> Delivery:
    """A delivery to the one address of an app. The shop's name is a claim: the app's secret signs for all its shops."""
    body, now = incoming.body, incoming.now
    signature = intake.demand_parts(_KIND, incoming.header_bytes(*_SIGNATURE), body)
    domain = incoming.header(*_DOMAIN) or ""

    def proof(speaker: Speaker) -> str | None:
        if speaker.shop_id and speaker.own and is_signed(body, signature, speaker.own.good_at(now)):
            return speaker.source_id
        by_the_app = speaker.app and is_signed(body, signature, speaker.app.good_at(now))
        return APP if by_the_app else None

    speaker, source_id = here.who_speaks(
        (_KIND, f"@{domain}"), lambda session: shops.app_speaker(session, _KIND, domain), proof
    )
    if speaker is None or (speaker.own is None and speaker.app is None):
        raise intake.unknown_address()
    if source_id is None:
        raise intake.refuse(_KIND)
    if speaker.shop_id is None:
        raise intake.unknown_address()
    return _delivery(incoming, speaker.shop_id, source_id, claimed=source_id == APP)


def receive_for_shop(here: Intake, incoming: Incoming) -> Delivery:
    """A delivery to a shop's own address, signed with the shop's own secret."""
    body, now, token = incoming.body, incoming.now, incoming.token
    given = incoming.header_bytes(*_SIGNATURE)

    def proof(speaker: Speaker) -> str | None:
        signed = given and speaker.own and is_signed(body, given, speaker.own.good_at(now))
        return speaker.source_id if signed else None

    speaker, source_id = here.who_speaks((_KIND, token), lambda session: shops.speaker(session, _KIND, token), proof)
    if speaker is None or speaker.shop_id is None:
        raise intake.unknown_address()
    intake.demand_parts(_KIND, given, body)
    if source_id is None:
        raise intake.refuse(_KIND)
    return _delivery(incoming, speaker.shop_id, source_id, claimed=False)


def _delivery(incoming: Incoming, shop_id: int, source_id: str, *, claimed: bool) -> Delivery:
    return Delivery(
        shop_id=shop_id,
        source_id=source_id,
        kind=_KIND,
        topic=incoming.header(*_TOPIC) or "",
        body=incoming.body,
        delivery_id=incoming.header(*_DELIVERY_ID) or "",
        event_id=incoming.header(*_EVENT_ID),
        triggered_at=incoming.header(*_TRIGGERED_AT),
        domain=incoming.header(*_DOMAIN),
        api_version=incoming.header(*_API_VERSION),
        claimed=claimed,
    )


ADDRESSES: intake.Addresses = {"/shopify": receive_for_app, "/shopify/<token>": receive_for_shop}
blueprint = intake.new_blueprint(_KIND, __name__, ADDRESSES)
