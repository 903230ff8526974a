"""The chain of entries: each covers the one before it and every column of its row."""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regulars.ledger.book import Cause
from regulars.ledger.chain import GENESIS, entry_hash
from regulars.ledger.sealing import Root, root_of
from regulars.values import iso
from tests.ledger.books import book, day, earned

ROW: dict[str, Any] = {
    "shop_id": 1, "customer_id": "ada", "unit": "points", "version": 1, "debit": "issuance", "credit": "available",
    "amount": 110, "kind": "earn", "cause": Cause("order", "1", "spend", 1, "system", {"code": "spend"}), "lot": None,
    "idem_key": "order:1", "effective_at": day(0), "posted_at": day(1), "available": 110, "pending": 0, "reserved": 0,
    "debt": 0, "prev_hash": GENESIS,
}  # fmt: skip

CHANGES: dict[str, Any] = {
    "shop_id": 2, "customer_id": "bea", "unit": "stamps", "version": 2, "debit": "adjusted", "credit": "pending",
    "amount": 111, "kind": "adjust", "lot": 1, "idem_key": "order:2", "effective_at": day(0) + timedelta(microseconds=1),
    "posted_at": day(2), "available": 111, "pending": 1, "reserved": 1, "debt": 1, "prev_hash": "1" * 64,
}  # fmt: skip


@pytest.mark.parametrize("column", CHANGES)
def test_the_hash_covers_every_column(column: str) -> None:
    assert entry_hash(**ROW) != entry_hash(**ROW | {column: CHANGES[column]})


@pytest.mark.parametrize(
    "cause",
    [
        Cause("review", "1", "spend", 1, "system", {"code": "spend"}),
        Cause("order", "2", "spend", 1, "system", {"code": "spend"}),
        Cause("order", "1", "bonus", 1, "system", {"code": "spend"}),
        Cause("order", "1", "spend", 2, "system", {"code": "spend"}),
        Cause("order", "1", "spend", 1, "agent", {"code": "spend"}),
        Cause("order", "1", "spend", 1, "system", {"code": "review"}),
    ],
)
def test_the_hash_covers_the_cause(cause: Cause) -> None:
    assert entry_hash(**ROW) != entry_hash(**ROW | {"cause": cause})


def test_the_order_of_an_explanations_keys_does_not_matter() -> None:
    one, other = ({"a": 1, "b": 2}, {"b": 2, "a": 1})
    told = [entry_hash(**ROW | {"cause": Cause("order", "1", explanation=why)}) for why in (one, other)]
    assert told[0] == told[1]


def test_each_entry_points_back_to_the_one_before() -> None:
    ada = book()
    earned(ada, 10, "1")
    earned(ada, 20, "2")
    assert [entry.prev_hash for entry in ada.entries] == [GENESIS, ada.entries[0].hash]
    assert ada.head_hash == ada.entries[1].hash


def test_a_seal_covers_every_head() -> None:
    heads = [("ada", "points", 2, "aa"), ("bea", "points", 1, "bb")]
    whole = root_of(heads)
    assert whole.accounts == 2
    assert whole.root != root_of(heads[:1]).root
    assert whole.root != root_of([heads[0], ("bea", "points", 1, "bc")]).root
    assert whole.root != root_of(heads[::-1]).root


def test_a_seal_made_in_pieces_is_the_same() -> None:
    heads = [("ada", "points", 2, "aa"), ("bea", "points", 1, "bb")]
    first = root_of(heads[:1])
    goes_on = Root(first.root, first.accounts)
    goes_on.add(heads[1])
    assert goes_on == root_of(heads)


WHYS = st.recursive(
    st.text() | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False),
    lambda within: st.lists(within, max_size=3) | st.dictionaries(st.text(), within, max_size=3),
    max_leaves=8,
)


@given(whys=st.dictionaries(st.text(), WHYS, max_size=4), cause_id=st.text(), version=st.integers(1, 2**63 - 1))
@example(whys={"code": "spend"}, cause_id="\x7f", version=1)
@example(whys={"rate": 1e16, "b": 2**64}, cause_id="ä\\u", version=1)
def test_a_row_has_one_spelling(whys: dict[str, Any], cause_id: str, version: int) -> None:
    """Ledgers are checked for ever against what was hashed once: JSON with sorted keys, no spaces, ASCII only."""
    cause = Cause("order", cause_id, "spend", 1, "system", whys)
    row = [
        GENESIS, 1, "ada", "points", version, "issuance", "available", 110, "earn", "order", cause_id, "spend", 1,
        "system", whys, None, "order:1", iso(day(0)), iso(day(1)), 110, 0, 0, 0,
    ]  # fmt: skip
    told = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert entry_hash(**ROW | {"cause": cause, "version": version}) == sha256(told.encode()).hexdigest()
