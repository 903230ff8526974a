"""Whether a Standard Webhooks message is authentic: HMAC-SHA256 over "id.timestamp.body", several signatures. Pure."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

TOLERANCE_SECONDS = 300
_PREFIX = b"whsec_"
_TIMESTAMP = re.compile(rb"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Signed:
    """The three headers of a message, as bytes; empty where one is missing."""

    id: bytes
    timestamp: bytes
    signature: bytes


def key_of(secret: bytes) -> bytes | None:
    """The key inside a secret ("whsec_" is optional, so is base64's padding), or None when there is none."""
    text = secret.strip().removeprefix(_PREFIX)
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def is_signed(body: bytes, headers: Signed, secrets: Iterable[bytes], now_seconds: float) -> bool:
    """Whether one of the secrets signed this body with this id, not more than five minutes ago or ahead.

    `now_seconds` is Unix time. Without a usable secret nothing is authentic.
    """
    if not headers.id or not _TIMESTAMP.fullmatch(headers.timestamp):
        return False
    if abs(now_seconds - int(headers.timestamp)) > TOLERANCE_SECONDS:
        return False
    given = [part[3:] for part in headers.signature.split(b" ") if part.startswith(b"v1,")]
    text = b".".join((headers.id, headers.timestamp, body))
    expected = [
        base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()) for secret in secrets if (key := key_of(secret))
    ]
    matches = [hmac.compare_digest(one, other) for one in expected for other in given]
    return any(matches)
