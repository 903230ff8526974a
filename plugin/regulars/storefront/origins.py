"""Which pages may read a shop's personal answers in a browser: the shop's own origin, to the letter. Pure."""

import re
from urllib.parse import urlsplit

_LOOPBACK = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")


def may_read(origin: str, domain: str, public_url: str, mode: str) -> bool:
    """Whether a page of this origin may read; `null`, other schemes, ports and look-alike domains may not."""
    if origin == f"https://{domain}":
        return True
    if public_url and origin == origin_of(public_url):
        return True
    return mode != "production" and _LOOPBACK.fullmatch(origin) is not None


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers send them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
