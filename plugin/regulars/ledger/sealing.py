"""One number for all heads of a shop's accounts, made in pieces of any size. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

#: The last entry of an account: customer, unit, version, hash.
Head = tuple[str, str, int, str]


@dataclass(slots=True)
class Root:
    """SHA-256, as hexadecimal, over the heads so far, each hashed with the root before it; and how many there were."""

    root: str = "0" * 64
    accounts: int = 0

    def add(self, head: Head) -> None:
        """Take the next head, in the order of customer and unit."""
        customer_id, unit, version, head_hash = head
        text = f"{self.root}|{customer_id}|{unit}|{version}|{head_hash}"
        self.root = hashlib.sha256(text.encode()).hexdigest()
        self.accounts += 1


def root_of(heads: Iterable[Head]) -> Root:
    """The root of all these heads."""
    root = Root()
    for head in heads:
        root.add(head)
    return root
