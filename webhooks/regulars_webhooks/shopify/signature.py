"""Whether Shopify signed this body: base64(HMAC-SHA256(secret, raw body)), compared in constant time on bytes. Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable


def is_signed(body: bytes, header: bytes, secrets: Iterable[bytes]) -> bool:
    """Whether one of the secrets made this signature; strict base64, every secret is tried, none means no."""
    try:
        given = base64.b64decode(header, validate=True)
    except (binascii.Error, ValueError):
        return False
    if base64.b64encode(given) != header:  # bits after the end of the digest would make a second spelling
        return False
    matches = [
        hmac.compare_digest(hmac.new(secret, body, hashlib.sha256).digest(), given) for secret in secrets if secret
    ]
    return any(matches)
