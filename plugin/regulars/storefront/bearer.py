"""Whether a shopper's token is one of ours, and whom it names: RFC 7519 with HS256 and nothing else. Pure.

Whoever shows a token is asked for it at every look at their points, so it is read with one MAC and two small documents.
The signature is compared before a byte of what was signed is looked at.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from regulars.errors import Unauthorized

AUDIENCE = "widget"
#: The name of the key, so that a later one can be told from it.
KEY_ID = "1"
#: How far clocks may differ.
LEEWAY = timedelta(seconds=10)


def customer_in(token: str, key: bytes, shop_key: str, longest_seconds: int, now: datetime) -> str:
    """The customer whom a token for this shop names. Raises Unauthorized."""
    claims = _signed(token, key)
    if claims is None or not _is_for(shop_key, claims):
        raise Unauthorized("The token is not good for this shop; ask the shop for a new one.")
    if not _is_now(claims, longest_seconds, now):
        raise Unauthorized("The token has ended; ask the shop for a new one.")
    return str(claims["sub"])


def _signed(token: str, key: bytes) -> dict[str, Any] | None:
    """What a token says, if we said so: three parts, our signature to the letter, and the header that ours have."""
    said, _, signature = token.rpartition(".")
    ours = urlsafe_b64encode(hmac.digest(key, said.encode(), "sha256")).rstrip(b"=")
    if not hmac.compare_digest(ours, signature.encode()):
        return None
    header, _, claims = said.partition(".")
    return _document(claims) if _has_our_head(header) else None


@lru_cache(maxsize=8)
def _has_our_head(header: str) -> bool:
    """Whether what we signed says how we sign; it says the same in every token."""
    read = _document(header)
    return read.get("alg") == "HS256" and read.get("kid") == KEY_ID and "crit" not in read


def _document(part: str) -> dict[str, Any]:
    """One part of what we signed ourselves."""
    read = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return read if isinstance(read, dict) else {}


def _is_for(shop_key: str, claims: Mapping[str, Any]) -> bool:
    """Whether it says everything that ours say, for this shop and this purpose; one audience as text, never a list."""
    named = (claims.get("sub"), claims.get("jti"))
    times = (claims.get("iat"), claims.get("exp"))
    return (
        (claims.get("iss"), claims.get("aud")) == (shop_key, AUDIENCE)
        and all(isinstance(one, str) for one in named)
        and all(type(one) is int for one in times)
        and "nbf" not in claims
    )


def _is_now(claims: Mapping[str, Any], longest_seconds: int, now: datetime) -> bool:
    """Our own clock decides, and a token that claims a longer life than we give is none of ours."""
    issued, ends, moment, leeway = claims["iat"], claims["exp"], now.timestamp(), LEEWAY.total_seconds()
    life: int = ends - issued
    return life <= longest_seconds and issued - leeway <= moment <= ends + leeway
