"""The promise to the strictest sender: so many signed events a second for a minute, while shoppers look at their points."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench import history, load
from bench.cpu import Meter, shares
from bench.documents import Orders
from bench.ours.side import SHOP, Ours
from bench.rows import Row
from bench.running import Bench, ending, say, wait_until
from bench.sides import Effect, LostSomething, demand, signed

_CONNECTIONS = 64
_ASKS_A_SECOND = 10
_ASKERS = 4
_ORDERS_EACH = 10
_MS_AT_99, _MS_AT_WORST, _SECONDS_AFTER, _WIDGET_MS = 500, 5000, 60, 300


@dataclass(frozen=True)
class Endured:
    """How one database bore it."""

    kind: str
    rate: int
    kept: load.Load
    asked: load.Load
    after_seconds: float
    meter: Meter

    def rows(self) -> Iterator[Row]:
        """What was promised, figure by figure."""
        what = f"{self.rate} signed events/s for {self.kept.seconds:.0f} s, {self.kind}"
        note = (
            f"{self.kept.answered:,} orders came at a steady pace, {self.kept.refused} answers were not 2xx; the latest was "
            f"sent {self.kept.late_ms:.0f} ms after its time, which counts as waiting. Of the two seconds that two cores have in each, {self._busy():.2f} were used: {shares(self.meter.taken)}. "
            "After that `verify` was clean and every order had its points."
        )
        yield Row(f"{what}: p99 of the answer", "ms", self.kept.p99_from_its_time_ms, limit=_MS_AT_99, note=note)
        yield Row(f"{what}: the slowest answer", "ms", self.kept.worst_ms + self.kept.late_ms, limit=_MS_AT_WORST)
        yield Row(f"{what}: all done, after the last came", "s", self.after_seconds, limit=_SECONDS_AFTER)
        note = f"{_ASKS_A_SECOND} shoppers a second asked for /me all the while; the shop's own API is not asked by either path."
        yield Row(
            f"{what}: p99 of the widget meanwhile", "ms", self.asked.p99_from_its_time_ms, limit=_WIDGET_MS, note=note
        )

    def _busy(self) -> float:
        return sum(self.meter.taken.values()) / (self.kept.seconds + self.after_seconds)


def endure(bench: Bench) -> Iterator[Row]:
    """On each database at its own pace. Fails when one answer is not 2xx, or an order lacks its points."""
    for kind in bench.databases:
        say(f"steady events on {kind}")
        yield from _endure(bench, kind).rows()


def _endure(bench: Bench, kind: str) -> Endured:
    ours = Ours(bench.database(kind))
    shoppers = bench.sizes.shoppers
    past = history.write(bench.file("history.ndjson"), shoppers * _ORDERS_EACH, shoppers)
    with ending(ours):
        ours.run("import", SHOP, str(past.path), "--kind", "orders")
        ours.start()
        found = _load(bench, kind, ours, past)
    say(
        f"p99 {found.kept.p99_ms:.0f} ms, worst {found.kept.worst_ms:.0f} ms, all done {found.after_seconds:.1f} s after the last"
    )
    return found


def _load(bench: Bench, kind: str, ours: Ours, past: history.History) -> Endured:
    rate, seconds = bench.sizes.events_a_second[kind], bench.sizes.endurance_seconds
    orders = Orders(7).take(rate * seconds)
    file = signed(orders, ours.webhook, bench.file("orders"))
    tokens = [ours.token(history.shopper(number)) for number in range(bench.sizes.shoppers)]
    path = f"/storefront/{SHOP}/me"
    asks = load.write(bench.file("asks"), [load.get(path, [("Authorization", f"Bearer {token}")]) for token in tokens])
    meter = bench.meter(ours, kind)
    meter.start()
    asking = load.start(ours.port, asks, _ASKS_A_SECOND * seconds, connections=_ASKERS, rate=_ASKS_A_SECOND, again=True)
    kept = load.finish(load.start(ours.port, file, len(orders), connections=_CONNECTIONS, rate=rate))
    ended = time.monotonic()
    asked = load.finish(asking)
    after = wait_until(lambda: not ours.busy(), "the rest was done") - ended
    meter.stop()
    for one in (kept, asked):
        if one.trouble:
            raise LostSomething(one.trouble)
    demand(ours, past.effect + Effect.of(orders))
    return Endured(kind, rate, kept, asked, max(0.0, after), meter)
