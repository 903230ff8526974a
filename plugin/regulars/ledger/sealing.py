"""One number for all heads of a shop's accounts. Pure."""

import hashlib
from collections.abc import Iterable


def root_of(heads: Iterable[tuple[str, str, int, str]]) -> tuple[str, int]:
    """SHA-256, as hexadecimal, over (customer, unit, version, hash) in their order, and how many accounts there were."""
    digest, count = hashlib.sha256(), 0
    for customer_id, unit, version, head in heads:
        digest.update(f"{customer_id}|{unit}|{version}|{head}\n".encode())
        count += 1
    return digest.hexdigest(), count
