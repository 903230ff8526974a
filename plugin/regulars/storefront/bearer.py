"""Whom a shopper's token names, once its signature has been found to be ours: the claims of RFC 7519. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars.errors import Unauthorized

AUDIENCE = "widget"
#: The name of the key, so that a later one can be told from it.
KEY_ID = "1"
#: How far clocks may differ.
LEEWAY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token of ours says; times are seconds since 1970."""

    shop_key: str
    customer_id: str
    issued: int
    ends: int


def claims_of(header: Mapping[str, Any], payload: Mapping[str, Any]) -> Claims:
    """What a signed token says, if it says everything that ours say and nothing that ours never do. Raises Unauthorized.

    One audience as text, never a list; times are whole seconds; no time before which it does not count.
    """
    named = [payload.get(name) for name in ("iss", "sub", "jti")]
    times = [payload.get(name) for name in ("iat", "exp")]
    if (
        header.get("kid") != KEY_ID
        or "crit" in header
        or payload.get("aud") != AUDIENCE
        or not all(isinstance(one, str) for one in named)
        or not all(type(one) is int for one in times)
        or "nbf" in payload
    ):
        raise not_good()
    return Claims(payload["iss"], payload["sub"], payload["iat"], payload["exp"])


def customer_in(claims: Claims, shop_key: str, longest_seconds: int, now: datetime) -> str:
    """The customer whom a token for this shop names. Raises Unauthorized.

    Our own clock decides, and a token that claims a longer life than we give is none of ours.
    """
    if claims.shop_key != shop_key:
        raise not_good()
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    is_ours = claims.ends - claims.issued <= longest_seconds
    if not is_ours or not claims.issued - leeway <= moment <= claims.ends + leeway:
        raise Unauthorized("The token has ended; ask the shop for a new one.")
    return claims.customer_id


def not_good() -> Unauthorized:
    """What is said about every token that is none of ours."""
    return Unauthorized("The token is not good for this shop; ask the shop for a new one.")
