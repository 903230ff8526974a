"""A shopper's token: short-lived, bound to one shop and one customer, and good for the storefront alone (RFC 7519)."""

from datetime import datetime, timedelta

import jwt

from regulars import runtime
from regulars.errors import InvalidInput
from regulars.shops import Shop
from regulars.storefront.bearer import AUDIENCE, KEY_ID, customer_in
from regulars.values import new_id


def issue_token(shop: Shop, customer_id: str, now: datetime, seconds: int | None = None) -> tuple[str, datetime]:
    """A token for one customer and when it ends: after `seconds`, at most those of the settings. Raises InvalidInput."""
    longest = runtime.current().settings.token_seconds
    life = min(longest if seconds is None else seconds, longest)
    if life < 1:
        raise InvalidInput("A token lives at least one second.", errors={"ttl": ["Use 1 to 300 seconds."]})
    issued = now.replace(microsecond=0)
    ends = issued + timedelta(seconds=life)
    claims = {"iss": shop.key, "aud": AUDIENCE, "sub": customer_id, "iat": issued, "exp": ends, "jti": new_id()}
    return jwt.encode(claims, _key(shop.id), "HS256", headers={"kid": KEY_ID}), ends


def customer_of(shop_id: int, shop_key: str, token: str, now: datetime) -> str:
    """The customer whom a token of this shop names. Raises Unauthorized."""
    return customer_in(token, _key(shop_id), shop_key, runtime.current().settings.token_seconds, now)


def _key(shop_id: int) -> bytes:
    return runtime.current().keyring.key(AUDIENCE, shop_id)
