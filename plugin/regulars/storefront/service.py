"""A shopper's token: short-lived, bound to one shop and one customer, and good for the storefront alone (RFC 7519)."""

from datetime import UTC, datetime, timedelta

import jwt

from regulars import runtime
from regulars.errors import InvalidInput, Unauthorized
from regulars.shops import Shop
from regulars.values import new_id

AUDIENCE = "widget"
#: The name of the key, so that a later one can be told from it.
KEY_ID = "1"
#: How far clocks may differ.
LEEWAY = timedelta(seconds=10)
_CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti"]


def issue_token(shop: Shop, customer_id: str, now: datetime, seconds: int | None = None) -> tuple[str, datetime]:
    """A token for one customer and when it ends: after `seconds`, at most those of the settings. Raises InvalidInput."""
    longest = runtime.current().settings.token_seconds
    life = min(longest if seconds is None else seconds, longest)
    if life < 1:
        raise InvalidInput("A token lives at least one second.", errors={"ttl": ["Use 1 to 300 seconds."]})
    issued = now.replace(microsecond=0)
    ends = issued + timedelta(seconds=life)
    claims = {"iss": shop.key, "aud": AUDIENCE, "sub": customer_id, "iat": issued, "exp": ends, "jti": new_id()}
    return jwt.encode(claims, _key(shop), "HS256", headers={"kid": KEY_ID}), ends


def customer_of(shop: Shop, token: str, now: datetime) -> str:
    """The customer whom a token of this shop names. Raises Unauthorized."""
    try:
        claims = jwt.decode(
            token, _key(shop), ["HS256"], audience=AUDIENCE, issuer=shop.key,
            options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "strict_aud": True},
        )  # fmt: skip
        known = jwt.get_unverified_header(token).get("kid") == KEY_ID
    except jwt.InvalidTokenError as error:
        raise Unauthorized("The token is not good for this shop; ask the shop for a new one.") from error
    if not known or not _is_now(claims["iat"], claims["exp"], now):
        raise Unauthorized("The token has ended; ask the shop for a new one.")
    return str(claims["sub"])


def _key(shop: Shop) -> bytes:
    return runtime.current().keyring.key(AUDIENCE, shop.id)


def _is_now(issued: object, ends: object, now: datetime) -> bool:
    """Our own clock decides, and a token that claims a longer life than we give is none of ours."""
    if not isinstance(issued, int) or not isinstance(ends, int):
        return False
    longest = runtime.current().settings.token_seconds
    begin, end = datetime.fromtimestamp(issued, UTC), datetime.fromtimestamp(ends, UTC)
    return ends - issued <= longest and begin - LEEWAY <= now <= end + LEEWAY
