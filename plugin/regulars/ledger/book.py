"""A customer's book: balances, lots and entries of one account. Pure.

A `Book` is one account (customer, unit) in memory with its open lots. The verbs in `posting`, `redeeming` and `due` append
entries to it; an entry is one transfer from a debit to a credit account of a positive amount, and touches exactly this
one customer account. `service` opens books under the lock and writes what the verbs left in them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from regulars.errors import LedgerBroken
from regulars.ledger.chain import GENESIS, entry_hash


class Account(StrEnum):
    """The accounts of a transfer: four of the customer, the rest of the shop."""

    AVAILABLE = "available"  # can be spent
    PENDING = "pending"  # earned, on hold
    RESERVED = "reserved"  # held for a redemption under way
    DEBT = "debt"  # owed after a clawback that found too little; its balance is never above 0
    ISSUANCE = "issuance"  # where earned points come from and clawed back ones return to
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    FORFEITED = "forfeited"  # what the shop wrote off instead of making a debt
    ADJUSTED = "adjusted"  # given or taken by hand


class Kind(StrEnum):
    """Why points moved."""

    EARN = "earn"
    RELEASE = "release"  # the hold ended
    CLAWBACK = "clawback"  # a refund, edit or cancellation took back
    DEBT = "debt"  # the part of a clawback that found no points
    DEBT_PAYMENT = "debt_payment"
    WRITE_OFF = "write_off"
    WRITE_OFF_REVERSAL = "write_off_reversal"
    EXPIRY = "expiry"
    RESERVE = "reserve"
    REDEEM = "redeem"
    VOID = "void"
    ADJUST = "adjust"


@dataclass(frozen=True, slots=True)
class Cause:
    """What an entry goes back to: an order, a review, a complaint, a redemption; ids and codes only."""

    type: str
    id: str
    component: str = ""
    program_version: int | None = None
    actor: str = "system"
    explanation: dict[str, Any] = field(default_factory=dict)
    effective_at: datetime | None = None  # when it happened in the shop; when None, when it was posted


@dataclass(slots=True)
class Lot:
    """Points that were opened together and end together; `version` is that of the entry that opened it."""

    version: int
    cause_type: str
    cause_id: str
    component: str
    points: int
    remaining: int
    released: bool
    release_at: datetime | None = None
    expires_at: datetime | None = None
    expired: int = 0
    expired_taken: int = 0  # what a clawback has since taken from the expired account instead of from the customer
    quiet: bool = False  # opened by history: its release writes no message

    def is_of(self, cause: Cause) -> bool:
        """Whether this lot was opened by the same part of the same cause."""
        return (self.cause_type, self.cause_id, self.component) == (cause.type, cause.id, cause.component)


class Entry(NamedTuple):
    """One row of the ledger, with the account's version and balances after it."""

    version: int
    debit: Account
    credit: Account
    amount: int
    kind: Kind
    cause: Cause
    lot: int | None
    idem_key: str
    effective_at: datetime
    posted_at: datetime
    available_after: int
    pending_after: int
    reserved_after: int
    debt_after: int
    prev_hash: str
    hash: str


@dataclass(slots=True)
class Book:
    """One account with its open lots, and the entries that the verbs have added."""

    shop_id: int
    customer_id: str
    unit: str
    available: int = 0
    pending: int = 0
    reserved: int = 0
    debt: int = 0
    earned: int = 0  # net issuance: what came from the issuance account less what returned to it
    version: int = 0
    head_hash: str = GENESIS
    lots: dict[int, Lot] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    def move(
        self,
        debit: Account,
        credit: Account,
        amount: int,
        kind: Kind,
        cause: Cause,
        key: str,
        now: datetime,
        *,
        lot: Lot | None = None,
        effective_at: datetime | None = None,
    ) -> Entry:
        """Append one transfer. Raises LedgerBroken when it would break an invariant; nothing is then written."""
        if amount <= 0:
            raise LedgerBroken(f"a transfer of {amount} {self.unit} ({kind}, {key}) is no transfer")
        self._take(debit, amount)
        self._give(credit, amount)
        self.version += 1
        if min(self.available, self.pending, self.reserved, self.debt) < 0:
            raise LedgerBroken(f"{kind} {key} of {amount} would overdraw customer {self.customer_id}")
        fields = (
            self.version, debit, credit, amount, kind, cause, lot.version if lot else None, key,
            effective_at or cause.effective_at or now, now, self.available, self.pending, self.reserved, self.debt, self.head_hash,
        )  # fmt: skip
        self.head_hash = entry_hash(self.shop_id, self.customer_id, self.unit, *fields)
        entry = Entry(*fields, hash=self.head_hash)
        self.entries.append(entry)
        return entry

    def _take(self, account: Account, amount: int) -> None:
        self._give(account, -amount)

    def _give(self, account: Account, amount: int) -> None:
        match account:
            case Account.AVAILABLE:
                self.available += amount
            case Account.PENDING:
                self.pending += amount
            case Account.RESERVED:
                self.reserved += amount
            case Account.DEBT:
                self.debt -= amount
            case Account.ISSUANCE:
                self.earned -= amount

    def open_lot(self, entry: Entry, cause: Cause, *, released: bool, dates: "Dates", quiet: bool) -> Lot:
        """Open the lot of the points that `entry` has just brought."""
        lot = Lot(
            entry.version, cause.type, cause.id, cause.component, entry.amount, entry.amount,
            released, dates.release_at, dates.expires_at, quiet=quiet,
        )  # fmt: skip
        self.lots[lot.version] = lot
        self.touched.add(lot.version)
        return lot

    def draw(self, lot: Lot, amount: int) -> None:
        """Take from (or, negative, return to) what remains of a lot."""
        lot.remaining -= amount
        if not 0 <= lot.remaining <= lot.points:
            raise LedgerBroken(f"lot {lot.version} of customer {self.customer_id} would hold {lot.remaining}")
        self.touched.add(lot.version)

    def spendable(self) -> list[Lot]:
        """Released lots with something left, the soonest-expiring first, never-expiring ones last."""
        lots = [lot for lot in self.lots.values() if lot.released and lot.remaining]
        return sorted(lots, key=_soonest_first)

    @property
    def next_due_at(self) -> datetime | None:
        """When `settle` has something to do next: a release or an expiry."""
        dates = [lot.expires_at if lot.released else lot.release_at for lot in self.lots.values() if lot.remaining]
        return min((date for date in dates if date), default=None)


@dataclass(frozen=True, slots=True)
class Dates:
    """When points become available and when they end; None is at once, and never."""

    release_at: datetime | None = None
    expires_at: datetime | None = None


def _soonest_first(lot: Lot) -> tuple[float, int]:
    return (lot.expires_at.timestamp() if lot.expires_at else float("inf"), lot.version)
