"""Which part of an import a record belongs to, so that the parts can be applied side by side. Pure.

Everything about one customer, as the record names them, lies in one part and keeps its order; so two parts hardly ever wait
for each other. Where two records name the same customer in two ways, locks and convergence make the result the same.
"""

from zlib import crc32

import msgspec

from regulars_webhooks.bodies import Id
from regulars_webhooks.imports.records import Record


class _Named(msgspec.Struct):
    id: Id | None = None
    email: str | None = None


class _About(msgspec.Struct):
    id: Id | None = None
    email: str | None = None
    customer: _Named | None = None


_DECODER = msgspec.json.Decoder(_About)


def part_of(record: Record, parts: int) -> int:
    """The number of the record's part, the same in every run; what cannot be read lies in the first one."""
    if parts == 1 or record.trouble is not None:
        return 0
    return crc32(_owner(record).encode("utf-8", "surrogatepass")) % parts


def _owner(record: Record) -> str:
    """Whom the record is about: its customer, and without one itself."""
    if record.rows:
        row = record.rows[0]
        own = row.get("customer_id") or row.get("customer_email", "").lower() or next(iter(row.values()), "")
        return own or row.get("email", "").lower()
    try:
        about = _DECODER.decode(record.json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    for named in (about.customer, about):
        if named is not None and (named.id is not None or named.email):
            return str(named.id) if named.id is not None else str(named.email).lower()
    return ""
