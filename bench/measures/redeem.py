"""Redemptions of many at one hot account: two processes of eight threads; points in lots must stay the balance."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bench import redeemer
from bench.ours.side import UNIT, Ours
from bench.rows import Row
from bench.running import POSTGRES, Bench, ending, median, say
from bench.servers import clean
from bench.sides import LostSomething
from bench.yardstick.models import Account, Customer, Lot
from bench.yardstick.side import Yardstick
from regulars import customers, ledger
from regulars.facts import CustomerRef
from regulars.ledger import Cause

_PROCESSES = 2
_LOTS = 100
_WANTED = 3


@dataclass
class Crowd:
    """One way to redeem, whose account, and how it went each time."""

    way: str
    environment: dict[str, str]
    customer: str
    times: int
    sums: dict[str, str]
    side: Ours | Yardstick
    rates: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    again: int = 0
    redeemed: int = 0

    def run(self, turn: int) -> float:
        """All together now; redemptions a second. Raises LostSomething when points were lost or made."""
        told = _together(self, turn)
        spent = sorted(seconds for one in told for seconds in one["spent"])
        self.again += sum(one["tries"] for one in told)
        self.redeemed += len(spent)
        rate: float = len(spent) / (max(one["ended"] for one in told) - min(one["begun"] for one in told))
        self.rates.append(rate)
        self.p99_ms.append(spent[int(len(spent) * 0.99)] * 1000)
        self.check()
        return rate

    def check(self) -> None:
        """What is held was redeemed, what is left is in the lots."""
        found = {name: self.side.number(statement) for name, statement in self.sums.items()}
        if found["reserved"] != self.redeemed * redeemer.POINTS or found["lots"] != found["available"]:
            raise LostSomething(f"{self.way}: {found} after {self.redeemed} redemptions of {redeemer.POINTS} points")


def redeem(bench: Bench) -> Iterator[Row]:
    """Redemptions a second on PostgreSQL: SQLite has one writer anyway."""
    if POSTGRES not in bench.databases:
        return
    sizes = bench.sizes
    rounds = range(1, sizes.rounds + 1)
    ours, plain, tuned = (Ours(bench.database(POSTGRES)), *(Yardstick(bench.database(POSTGRES)) for _ in range(2)))
    points = redeemer.POINTS * (max(sizes.redemptions, sizes.redemptions_yardstick) * (sizes.rounds + 1))
    crowds = [
        _yardstick("optimistic", plain, points, sizes.redemptions_yardstick),
        _yardstick("locked", tuned, points, sizes.redemptions_yardstick),
        _ours(ours, points, sizes.redemptions),
    ]
    with ending(ours, plain, tuned):
        for turn in rounds:
            for crowd in crowds:
                say(f"round {turn}, {crowd.way}: {crowd.run(turn):,.0f}/s, p99 {crowd.p99_ms[-1]:,.0f} ms")
        if trouble := ours.complaints():
            raise LostSomething(trouble)
    yield _row(*crowds)


def _row(plain: Crowd, tuned: Crowd, ours: Crowd) -> Row:
    note = (
        f"{_PROCESSES} processes of {redeemer.THREADS} threads at one account with {_LOTS} lots. The yardstick reads, writes and begins again when "
        f"the account's version was another ({plain.again:,} times for {plain.redeemed:,} redemptions); the tuned rung is SELECT FOR UPDATE; ours is the counter "
        f"at which those who come at the same moment share a transaction. p99: "
        f"{median(plain.p99_ms):,.0f} ms, {median(tuned.p99_ms):,.0f} ms, ours {median(ours.p99_ms):,.0f} ms. After each round the points in the lots "
        "were the balance, on all sides."
    )  # fmt: skip
    rates = median(ours.rates), median(plain.rates), median(tuned.rates)
    return Row("redemptions at one hot account, PostgreSQL", "/s", *rates, wanted=_WANTED, note=note)


def _together(crowd: Crowd, turn: int) -> list[dict[str, Any]]:
    """Start all processes, let them go at the same moment, hear what they have to tell."""
    each = str(crowd.times // _PROCESSES)
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.redeemer", crowd.way, crowd.customer, f"{turn}-{number}", each],
            env=clean(crowd.environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(_PROCESSES)
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None, "it is a pipe"
        if child.stdout.readline().strip() != "ready":
            raise LostSomething(f"a process of {crowd.way} did not get ready")
    for child in children:
        assert child.stdin is not None, "it is a pipe"
        child.stdin.write("go\n")
        child.stdin.flush()
    said = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        raise LostSomething(f"a process of {crowd.way} ended with an error")
    return [json.loads(one) for one in said]


def _ours(side: Ours, points: int, times: int) -> Crowd:
    now, each = datetime.now(UTC), points // _LOTS

    def fill(session: Session) -> str:
        ref = CustomerRef(id="hot")
        customer_id = customers.resolve(session, side.shop_id, [ref], now)[ref]
        for number in range(_LOTS):
            ends, cause = now + timedelta(days=100 + number), Cause("gift", str(number))
            ledger.adjust(session, side.shop_id, customer_id, UNIT, each, cause, f"gift-{number}", now, ends)
        return customer_id

    account = "FROM regulars_accounts"
    sums = {
        "reserved": f"SELECT sum(reserved) {account}", "available": f"SELECT sum(available) {account}",
        "lots": "SELECT sum(remaining) FROM regulars_lots",
    }  # fmt: skip
    return Crowd("ours", side.environment, side.writes(fill), times, sums, side)


def _yardstick(way: str, side: Yardstick, points: int, times: int) -> Crowd:
    now, each = datetime.now(UTC), points // _LOTS
    with Session(side.engine) as session, session.begin():
        customer = Customer(external_id="hot", email=None, name="Hot")
        session.add(customer)
        session.flush()
        session.add(
            Account(customer_id=customer.id, available=each * _LOTS, pending=0, reserved=0, earned=each * _LOTS)
        )
        for number in range(_LOTS):
            ends = now + timedelta(days=100 + number)
            lot = {"points": each, "remaining": each, "released": True, "release_at": now, "expires_at": ends}
            session.add(Lot(customer_id=customer.id, **lot))
        customer_id = str(customer.id)
    sums = {
        "reserved": "SELECT sum(reserved) FROM accounts", "available": "SELECT sum(available) FROM accounts",
        "lots": "SELECT sum(remaining) FROM lots",
    }  # fmt: skip
    return Crowd(way, side.environment, customer_id, times, sums, side)
