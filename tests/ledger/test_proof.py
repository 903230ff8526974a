"""Every kind of tampering is found and named."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from regulars.ledger.book import Book
from regulars.ledger.chain import entry_hash
from regulars.ledger.converging import Posted
from regulars.ledger.due import settle
from regulars.ledger.proof import Replay
from regulars.ledger.redeeming import commit_reserved, reserve, void_reserved
from regulars.ledger.tables import _account_row, _entry_row, _lot_row
from tests.ledger.books import becomes, book, day, order, posted

Rows = list[SimpleNamespace]
STANDS = {("order", "1", "spend"): 40, ("order", "2", "spend"): 80}


def story() -> tuple[Book, list[Posted]]:
    """Two orders, a refund, a hold that ended, a lot that expired, one redemption committed and one voided."""
    ada = book()
    first = becomes(ada, posted("1", expires_at=day(90)), 100)
    second = becomes(ada, posted("2", release_at=day(14), expires_at=day(120)), 80)
    first = becomes(ada, first, 40, 3)
    settle(ada, day(20))
    reserve(ada, 50, order("redemption"), day(21))
    commit_reserved(ada, 50, order("redemption"), day(21))
    reserve(ada, 20, order("other"), day(22))
    void_reserved(ada, [(2, 20)], order("other"), day(23))
    settle(ada, day(200))
    return ada, [first, second]


def rows() -> Rows:
    ada, _ = story()
    return [SimpleNamespace(**_entry_row(ada, entry)) for entry in ada.entries]


def rehashed(changed: Rows) -> Rows:
    """What a forger does who may write every row: all hashes fit again."""
    head = "0" * 64
    for row in changed:
        row.prev_hash = head
        cause = SimpleNamespace(
            type=row.cause_type, id=row.cause_id, component=row.component, program_version=row.program_version,
            actor=row.actor, explanation=row.explanation,
        )  # fmt: skip
        row.hash = head = entry_hash(
            row.shop_id, row.customer_id, row.unit, row.version, row.debit, row.credit, row.amount, row.kind, cause,
            row.lot, row.idem_key, row.effective_at, row.posted_at, row.available_after, row.pending_after,
            row.reserved_after, row.debt_after, row.prev_hash,
        )  # fmt: skip
    return changed


def broken(changed: Rows) -> str | None:
    replay = Replay(1, "ada", "points")
    return next((wrong for row in changed if (wrong := replay.add(row))), None)


def end(posted_points: dict[Any, int] | None = None, lots: dict[int, Any] | None = None, **changes: Any) -> str | None:
    """What the end of the replay says when the account, a lot or what is posted was changed."""
    ada, _ = story()
    replay = Replay(1, "ada", "points")
    for row in rows():
        assert replay.add(row) is None
    for version, remaining in (lots or {}).items():
        ada.lots[version] = replace(ada.lots[version], remaining=remaining)
    account = SimpleNamespace(**_account_row(ada) | changes)
    held = [SimpleNamespace(**_lot_row(ada, lot)) for lot in ada.lots.values()]
    return replay.ends_with(account, held, STANDS if posted_points is None else posted_points)


def test_an_honest_account_is_clean() -> None:
    assert broken(rows()) is None
    assert end() is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amount", 1000), ("credit", "pending"), ("kind", "adjust"), ("cause_id", "9"), ("component", "bonus"),
        ("program_version", 7), ("actor", "someone"), ("explanation", {"code": "gift"}), ("idem_key", "other"),
        ("effective_at", day(1)), ("posted_at", day(1)), ("available_after", 1000), ("debt_after", 5), ("lot", 9),
    ],
)  # fmt: skip
def test_a_changed_column_is_found(column: str, value: Any) -> None:
    changed = rows()
    setattr(changed[0], column, value)
    assert broken(changed) == "its hash does not fit its contents: it was changed"


def test_a_missing_entry_is_found() -> None:
    changed = rows()
    del changed[2]
    assert broken(changed) == "version 3 is missing"


def test_an_exchanged_entry_is_found() -> None:
    changed = rows()
    changed[3] = rehashed([SimpleNamespace(**vars(changed[3]))])[0]
    assert broken(changed) == "it does not point back to the entry before it"


def test_an_amount_of_nothing_is_found() -> None:
    changed = rows()
    changed[1].amount = 0
    assert broken(rehashed(changed)) == "the amount is not above 0"


def test_a_forged_amount_is_found_by_its_balances() -> None:
    changed = rows()
    changed[0].amount = 1000
    assert broken(rehashed(changed)) == "its balances after do not follow from the entries before"


def test_a_forged_overdraft_is_found() -> None:
    changed = rows()
    changed[0].debit, changed[0].credit = "available", "issuance"
    assert "would overdraw" in str(broken(rehashed(changed)))


@pytest.mark.parametrize("column", ["available", "pending", "reserved", "debt", "earned", "version"])
def test_a_changed_balance_is_found(column: str) -> None:
    changed: dict[str, Any] = {column: 77}
    assert end(**changed) == "the account row does not agree with its entries"


def test_a_changed_head_is_found() -> None:
    assert end(head_hash="f" * 64) == "the account's head is not the hash of its last entry"


def test_a_refilled_lot_is_found() -> None:
    assert end(lots={1: 5}) == "lot 1 holds 5, its entries say 0"


def test_points_that_are_said_to_be_posted_and_are_not_are_found() -> None:
    told = end(posted_points=STANDS | {("order", "2", "spend"): 81})
    assert told == "order 2: 81 is said to be posted, the entries say 80"


def test_a_forgotten_posting_is_found() -> None:
    told = end(posted_points={("order", "2", "spend"): 80})
    assert told == "order 1: 0 is said to be posted, the entries say 40"


def test_a_lot_that_vanished_is_found() -> None:
    ada = book()
    becomes(ada, posted(), 100)
    replay = Replay(1, "ada", "points")
    assert replay.add(SimpleNamespace(**_entry_row(ada, ada.entries[0]))) is None
    account = SimpleNamespace(**_account_row(ada))
    told = replay.ends_with(account, [], {("order", "1", "spend"): 100})
    assert told == "the lots do not add up to the available and pending points"
