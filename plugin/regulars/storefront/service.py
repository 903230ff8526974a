"""A shopper's token: short-lived, bound to one shop and one customer, and good for the storefront alone (RFC 7519)."""

from datetime import datetime, timedelta
from functools import lru_cache

import jwt
from jwt.types import Options

from regulars import runtime
from regulars.errors import InvalidInput
from regulars.shops import Shop
from regulars.storefront.bearer import AUDIENCE, KEY_ID, Claims, claims_of, customer_in, not_good
from regulars.values import new_id

_TOKENS = 4_096  # whose signature this process has checked; some 3 MB
#: The library checks the signature; what the claims must say is ours to check, by our own clock.
_SIGNATURE_ALONE: Options = {
    "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_iss": False,
    "verify_sub": False, "verify_jti": False,
}  # fmt: skip


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
    claims = _signed(token, _key(shop_id))
    return customer_in(claims, shop_key, runtime.current().settings.token_seconds, now)


@lru_cache(maxsize=_TOKENS)
def _signed(token: str, key: bytes) -> Claims:
    """What a token says that this key signed: the same for ever, and whether it counts is asked each time.

    A key is one installation's and one shop's. Raises Unauthorized, which is never kept.
    """
    try:
        read = jwt.decode_complete(token, key, ["HS256"], options=_SIGNATURE_ALONE)
    except jwt.InvalidTokenError as error:
        raise not_good() from error
    return claims_of(read["header"], read["payload"])


def _key(shop_id: int) -> bytes:
    return runtime.current().keyring.key(AUDIENCE, shop_id)
