"""How entries are chained: each hash covers the one before it and every column of its row. Pure."""

import hashlib
import json
from datetime import datetime
from typing import Any

import msgspec

from regulars.values import iso

#: The one spelling of a row: keys sorted, no spaces, ASCII only. Made once: `json.dumps` would make it for each entry.
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
#: The same, six times as fast, for what both spell alike: no other symbols than ASCII's, no numbers but whole ones.
_quick = msgspec.json.Encoder(order="deterministic").encode
_PLAIN = {str, int, bool, type(None), dict}

#: What the first entry of an account points back to.
GENESIS = "0" * 64


def entry_hash(
    shop_id: int, customer_id: str, unit: str, version: int, debit: str, credit: str, amount: int, kind: str, cause: Any,
    lot: int | None, idem_key: str, effective_at: datetime, posted_at: datetime, available: int, pending: int,
    reserved: int, debt: int, prev_hash: str,
) -> str:  # fmt: skip
    """SHA-256, as hexadecimal, of the canonical JSON of one entry with the hash before it.

    `cause` has type, id, component, program_version, actor and explanation, as in `posting.Cause`.
    """
    row = [
        prev_hash, shop_id, customer_id, unit, version, debit, credit, amount, kind, cause.type, cause.id,
        cause.component, cause.program_version, cause.actor, cause.explanation, lot, idem_key, iso(effective_at),
        iso(posted_at), available, pending, reserved, debt,
    ]  # fmt: skip
    return hashlib.sha256(_spelled(row, cause.explanation)).hexdigest()


def _spelled(row: list[Any], explanation: dict[str, Any]) -> bytes:
    if _is_plain(explanation):
        told = _quick(row)
        if told.isascii() and b"\x7f" not in told:
            return told
    return _canonical(row).encode("ascii")


def _is_plain(told: dict[Any, Any]) -> bool:
    kinds = set(map(type, told.values()))
    if not kinds <= _PLAIN or not set(map(type, told)) <= {str}:
        return False
    return dict not in kinds or all(_is_plain(value) for value in told.values() if type(value) is dict)
