"""The invariants of one account, replayed entry by entry; the first break is named. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from regulars.ledger.book import Account, Cause
from regulars.ledger.chain import GENESIS, entry_hash
from regulars.values import iso_or_none

# As their rows have them: a million entries are compared, and an enum costs a call each time.
_AVAILABLE, _PENDING, _RESERVED, _DEBT = (
    account.value for account in (Account.AVAILABLE, Account.PENDING, Account.RESERVED, Account.DEBT)
)
_ISSUANCE = Account.ISSUANCE.value
_CUSTOMER_SIDE = frozenset((_AVAILABLE, _PENDING, _RESERVED, _DEBT))
_ACCOUNTS = frozenset(account.value for account in Account)


@dataclass(frozen=True, slots=True)
class Break:
    """Where the ledger does not add up, and what is wrong there."""

    customer_id: str
    unit: str
    version: int
    what: str


class Replay:
    """Replays one account's entries in order of version, as rows with the columns of `EntryRow`."""

    def __init__(self, shop_id: int, customer_id: str, unit: str) -> None:
        self.key = (shop_id, customer_id, unit)
        self.version = 0
        self.prev_hash = GENESIS
        self.balances = dict.fromkeys(sorted(_ACCOUNTS), 0)  # what came into each account less what left it
        self.lots: dict[int, int] = {}
        self.dates: dict[int, tuple[str | None, str | None]] = {}  # as the entries that opened them say
        self.issued: dict[tuple[str, str, str], int] = {}

    def add(self, row: Any) -> str | None:
        """Take the next entry; what is wrong with it, or None."""
        wrong = self._numbers(row) or self._hashes(row)
        if wrong:
            return wrong
        self.version = row.version
        self.prev_hash = row.hash
        self._lots(row)
        return self._balances(row)

    def _numbers(self, row: Any) -> str | None:
        if row.version != self.version + 1:
            return f"version {self.version + 1} is missing"
        if row.debit not in _ACCOUNTS or row.credit not in _ACCOUNTS:
            return "it moves points between accounts that there are not"
        return "the amount is not above 0" if row.amount <= 0 else None

    def _hashes(self, row: Any) -> str | None:
        if row.prev_hash != self.prev_hash:
            return "it does not point back to the entry before it"
        cause = Cause(row.cause_type, row.cause_id, row.component, row.program_version, row.actor, row.explanation)
        told = entry_hash(
            row.shop_id, row.customer_id, row.unit, row.version, row.debit, row.credit, row.amount, row.kind, cause,
            row.lot, row.idem_key, row.effective_at, row.posted_at, row.available_after, row.pending_after,
            row.reserved_after, row.debt_after, row.prev_hash,
        )  # fmt: skip
        return None if told == row.hash else "its hash does not fit its contents: it was changed"

    def _lots(self, row: Any) -> None:
        """Entries that name a lot draw from it or return to it; those that bring points in without one open one."""
        if row.lot is None:
            opens = row.credit in (_AVAILABLE, _PENDING) and row.debit not in _CUSTOMER_SIDE
            if opens:
                self.lots[row.version] = row.amount
                if "expires_at" in row.explanation:
                    self.dates[row.version] = (row.explanation["release_at"], row.explanation["expires_at"])
        elif row.debit in _CUSTOMER_SIDE and row.kind != "release" and row.debit != _RESERVED:
            self.lots[row.lot] = self.lots.get(row.lot, 0) - row.amount
        elif row.debit == _RESERVED:
            self.lots[row.lot] = self.lots.get(row.lot, 0) + row.amount
        key = (row.cause_type, row.cause_id, row.component)
        if row.debit == _ISSUANCE:
            self.issued[key] = self.issued.get(key, 0) + row.amount
        elif row.credit == _ISSUANCE:
            self.issued[key] = self.issued.get(key, 0) - row.amount

    def _balances(self, row: Any) -> str | None:
        self.balances[row.debit] -= row.amount
        self.balances[row.credit] += row.amount
        told = self._told()
        if min(told) < 0:
            return f"{row.kind} {row.idem_key} of {row.amount} would overdraw customer {row.customer_id}"
        if (row.available_after, row.pending_after, row.reserved_after, row.debt_after) != told:
            return "its balances after do not follow from the entries before"
        return None

    def _told(self) -> tuple[int, int, int, int]:
        """Available, pending, reserved, owed: a debt is an account below zero."""
        balances = self.balances
        return balances[_AVAILABLE], balances[_PENDING], balances[_RESERVED], -balances[_DEBT]

    def ends_with(self, account: Any, lots: Iterable[Any], posted: dict[tuple[str, str, str], int]) -> str | None:
        """Compare the end of the replay with the account row, the lots and what is said to be posted."""
        told = (account.available, account.pending, account.reserved, account.debt, account.earned, account.version)
        if told != (*self._told(), -self.balances[_ISSUANCE], self.version):
            return "the account row does not agree with its entries"
        if account.version and account.head_hash != self.prev_hash:
            return "the account's head is not the hash of its last entry"
        if account.debt and account.available:
            return "there is a debt beside available points"
        return self._lots_agree(lots) or self._posted_agrees(posted)

    def _lots_agree(self, lots: Iterable[Any]) -> str | None:
        released = waiting = 0
        for lot in lots:
            if lot.remaining != self.lots.get(lot.version, 0):
                return f"lot {lot.version} holds {lot.remaining}, its entries say {self.lots.get(lot.version, 0)}"
            dates = (iso_or_none(lot.release_at), iso_or_none(lot.expires_at))
            if self.dates.get(lot.version, dates) != dates:
                return f"lot {lot.version} has other dates than the entry that opened it"
            released += lot.remaining if lot.released else 0
            waiting += 0 if lot.released else lot.remaining
        if (released, waiting) != self._told()[:2]:
            return "the lots do not add up to the available and pending points"
        return None

    def _posted_agrees(self, posted: dict[tuple[str, str, str], int]) -> str | None:
        mine = {key: points for key, points in self.issued.items() if points}
        told = {key: points for key, points in posted.items() if points}
        if mine != told:
            key = next(iter({*mine.items()} ^ {*told.items()}))[0]
            return f"{key[0]} {key[1]}: {told.get(key, 0)} is said to be posted, the entries say {mine.get(key, 0)}"
        return None
