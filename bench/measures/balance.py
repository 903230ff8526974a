"""The balance of a customer in a small ledger and in a large one: it must not get dearer as the ledger grows."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.ours.side import UNIT, Ours
from bench.rows import Row
from bench.running import POSTGRES, Bench, ending, median, say
from bench.sides import LostSomething
from regulars import ledger

_EACH = 50
_POINTS = 10
_WANTED = 1.3
_SMALLER_ON_SQLITE = 10
_WARM_UP = 200
_TURNS = 10
_AT_ONCE = 1_000_000

_NUMBERS = {
    "postgresql": "SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n",
    "sqlite": "SELECT value AS n FROM (WITH RECURSIVE up(value) AS (SELECT :first UNION ALL SELECT value + 1 FROM up WHERE value < :last) SELECT value FROM up)",
}
#: Fifty entries of ten points each for every customer, written as sets; their hashes are of the right length and mean nothing.
_ENTRIES = f"""
INSERT INTO regulars_entries (
    shop_id, customer_id, unit, version, debit, credit, amount, kind, cause_type, cause_id, component, program_version,
    actor, explanation, lot, idem_key, effective_at, posted_at, available_after, pending_after, reserved_after,
    debt_after, prev_hash, hash
)
SELECT :shop, 'c' || CAST(n / {_EACH} AS varchar), :unit, n %% {_EACH} + 1, 'issuance', 'available', {_POINTS}, 'earn', 'order',
    CAST(n AS varchar), 'spend', 1, 'system', '{{"code": "order", "basis_minor": 1000}}', NULL, 'bench/' || CAST(n AS varchar),
    :now, :now, (n %% {_EACH} + 1) * {_POINTS}, 0, 0, 0, :hash, :hash
FROM (%s) AS numbers
"""
_ACCOUNTS = f"""
INSERT INTO regulars_accounts (
    shop_id, customer_id, unit, available, pending, reserved, debt, earned, version, head_hash
)
SELECT :shop, 'c' || CAST(n AS varchar), :unit, {_EACH * _POINTS}, 0, 0, 0, {_EACH * _POINTS}, {_EACH}, :hash
FROM (%s) AS numbers
"""


@dataclass
class Ledger:
    """A ledger of so many entries, and how long each read took, in microseconds."""

    side: Ours
    entries: int
    spent_us: list[float] = field(default_factory=list)

    @property
    def customers(self) -> int:
        """How many accounts it has."""
        return self.entries // _EACH

    def fill(self) -> None:
        """Write the entries and the accounts, then let the database look at them, as its own housekeeping would."""
        self.side.writes(lambda session: _fill(session, self.side.shop_id, self.entries))
        with self.side.app.app_context():
            engine = self.side.app.extensions["sqlalchemy"].engine
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))

    def read(self, times: int) -> None:
        """Ask for the balance of customers at random. Raises LostSomething for a wrong one."""
        customers = [f"c{random.randrange(self.customers)}" for _ in range(times)]

        def ask(session: Session) -> None:
            for customer in customers:
                begun = time.perf_counter()
                found = ledger.balance(session, self.side.shop_id, customer, UNIT)
                self.spent_us.append((time.perf_counter() - begun) * 1e6)
                if found.available != _EACH * _POINTS:
                    raise LostSomething(f"{customer} has {found.available} points instead of {_EACH * _POINTS}")

        self.side.reads(ask)


def balance(bench: Bench) -> Iterator[Row]:
    """Microseconds a read in both, on each database; the larger ledger is a tenth of it on SQLite."""
    for kind in bench.databases:
        small, large = bench.sizes.entries
        yield _race(bench, kind, small, large if kind == POSTGRES else large // _SMALLER_ON_SQLITE)


def _race(bench: Bench, kind: str, small: int, large: int) -> Row:
    ledgers = [Ledger(Ours(bench.database(kind)), entries) for entries in (small, large)]
    with ending(*(one.side for one in ledgers)):
        for one in ledgers:
            begun = time.monotonic()
            one.fill()
            say(f"{one.entries:,} entries on {kind} written in {time.monotonic() - begun:.0f} s")
            one.read(_WARM_UP)
            one.spent_us.clear()
        for _ in range(bench.sizes.rounds * _TURNS):
            for one in ledgers:
                one.read(bench.sizes.reads // _TURNS)
    before, after = (median(one.spent_us) for one in ledgers)
    note = (
        f"A read took {before:,.0f} µs with {small:,} entries and {after:,.0f} µs with {large:,}: one look-up in the index of the entries, "
        "whose newest carries the balance; nothing is summed. Most of it is Python, the rest a round trip."
    )
    what = f"balance read, {large:,} entries against {small:,}, {kind}"
    return Row(what, "× dearer", after / before, limit=_WANTED, note=note)


def _fill(session: Session, shop_id: int, entries: int) -> None:
    numbers = _NUMBERS[session.get_bind().dialect.name]
    values = {"shop": shop_id, "unit": UNIT, "hash": "a" * 64, "now": datetime.now(UTC)}
    for first in range(0, entries, _AT_ONCE):
        span = {"first": first, "last": min(first + _AT_ONCE, entries) - 1}
        session.execute(text(_ENTRIES % numbers), values | span)
    session.execute(text(_ACCOUNTS % numbers), values | {"first": 0, "last": entries // _EACH - 1})
