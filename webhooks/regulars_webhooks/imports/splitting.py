"""Which bucket of an import a fact belongs to, so that what is about one customer is applied together. Pure.

Everything about one customer, as the record names them, lies in one bucket and keeps its order; each bucket lies in one of
the parts that are applied side by side, so two parts hardly ever wait for each other. Where two records name the same customer
in two ways, locks and convergence make the result the same.
"""

from zlib import crc32

from regulars.facts import CustomerSeen, Fact, OrderSeen, ReviewSeen

_FEWEST, _MOST = 64, 4096
_BUCKET_BYTES = 64 * 1024
_PACKED = 8  # so many times larger is what was packed, about


def buckets_for(file_bytes: int, *, packed: bool) -> int:
    """How many buckets the facts of a file are put into: the same for the same file, so that its import can go on."""
    return min(_MOST, max(_FEWEST, file_bytes * (_PACKED if packed else 1) // _BUCKET_BYTES))


def bucket_of(fact: Fact, buckets: int) -> int:
    """The number of the fact's bucket, the same in every run."""
    return crc32(_owner(fact).encode("utf-8", "surrogatepass")) % buckets


def _owner(fact: Fact) -> str:
    """Whom the fact is about: its customer, and without one itself."""
    customer = fact.customer if isinstance(fact, OrderSeen | ReviewSeen | CustomerSeen) else None
    own = (customer.id or (customer.email or "").lower()) if customer else ""
    return own or getattr(fact, "id", "")
