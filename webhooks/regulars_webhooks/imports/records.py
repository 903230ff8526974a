"""One record of a file into its fact. Pure."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from regulars.errors import Unusable
from regulars.facts import CustomerSeen, Fact, OrderSeen, ProductSeen, ReviewSeen
from regulars_webhooks.bodies import decode
from regulars_webhooks.imports.spreadsheet import Row, document
from regulars_webhooks.standard.normalise import DECODERS, DOCUMENTS, read
from regulars_webhooks.standard.orders import Context

_FACTS: dict[str, type[Any]] = {
    "order": OrderSeen,
    "customer": CustomerSeen,
    "product": ProductSeen,
    "review": ReviewSeen,
}
_PACKER = msgspec.msgpack.Encoder()
_UNPACKERS = {kind: msgspec.msgpack.Decoder(fact) for kind, fact in _FACTS.items()}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file as it was read: a line of JSON, rows of a CSV file, or what was wrong with reading it."""

    line: int
    json: bytes = b""
    rows: tuple[Row, ...] = ()
    trouble: str | None = None


def fact_of(record: Record, kind: str, currency: str) -> Fact:
    """The fact that the record tells. Raises Unusable, naming the place."""
    if record.trouble is not None:
        raise Unusable(record.trouble)
    if record.rows:
        content: Any = _convert(document(kind, record.rows), kind)
        body_hash = sha256(repr(record.rows).encode()).hexdigest()
    else:
        content = decode(record.json, DECODERS[kind])
        body_hash = sha256(record.json).hexdigest()
    return read(kind, content, Context(currency, None, body_hash))


def _convert(content: dict[str, Any], kind: str) -> Any:
    """Cells are text: numbers and yes-or-no are read from it."""
    try:
        return msgspec.convert(content, DOCUMENTS[kind], strict=False)
    except msgspec.ValidationError as error:
        raise Unusable(f"The row has not the expected shape: {error}.") from error


def packed(fact: Fact) -> bytes:
    """A fact as few bytes, for a moment on disk: a sixth of the time that its document takes to read."""
    return _PACKER.encode(fact)


def unpacked(fact: bytes, kind: str) -> Fact:
    """The fact that `packed` was given."""
    found: Fact = _UNPACKERS[kind].decode(fact)
    return found
