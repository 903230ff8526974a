"""Orders kept and answered, and orders wholly done: the same deliveries to all sides, in turn, round after round."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import load
from bench.cpu import Meter, shares
from bench.documents import Order, Orders
from bench.ours.side import Ours
from bench.rows import Row
from bench.running import POSTGRES, Bench, median, say, started, wait_until
from bench.sides import Effect, Side, demand, signed
from bench.yardstick.side import Yardstick

_CONNECTIONS = 32
_WARM_UP = 64


@dataclass
class Runner:
    """One side, what it was sent so far, and how fast it was each time."""

    side: Side
    source: Orders
    count: int
    meter: Meter
    sent: list[Order] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def run(self, bench: Bench, *, count: int | None = None) -> load.Load:
        """Send some orders, wait until the last follow-up of them is decided; (rates are kept, unless it warms up)."""
        orders = self.source.take(count or self.count)
        self.sent += orders
        file = signed(orders, self.side.webhook, bench.file("orders"))
        wanted = Effect.of(self.sent)
        self.meter.start()
        begun = time.monotonic()
        answered = self._send(file, len(orders))
        ended = wait_until(lambda: self._is_done(wanted), f"{self.side.name} did all it was sent")
        self.meter.stop()
        self.meter.taken["generator"] = self.meter.taken.get("generator", 0.0) + answered.cpu_seconds
        file.unlink()
        self.kept.append(answered.rate)
        self.done.append(len(orders) / (ended - begun))
        self.p50.append(answered.p50_ms)
        self.p99.append(answered.p99_ms)
        return answered

    def _send(self, file: Path, count: int) -> load.Load:
        try:
            return load.send(self.side.port, file, count, connections=_CONNECTIONS)
        except load.LoadFailed as error:
            raise load.LoadFailed(f"{self.side.name}: {error}; its server said: {self.side.words()[-1500:]}") from error

    def _is_done(self, wanted: Effect) -> bool:
        return (
            not self.side.busy() and self.side.letters() >= wanted.letters
        )  # the cheap question first: it is asked meanwhile

    def warm_up(self, bench: Bench) -> None:
        """The first orders pay for what is made once; then the database has seen what its tables look like."""
        self.run(bench, count=min(_WARM_UP, self.count))
        bench.count_rows(self.side.url)
        for figures in (self.kept, self.done, self.p50, self.p99):
            figures.clear()
        self.meter.taken.clear()

    @property
    def cpu_us(self) -> float:
        """CPU of all its processes and of the database for one order, in microseconds; the generator does not count."""
        total = sum(part for role, part in self.meter.taken.items() if role != "generator")
        return total / (self.count * len(self.kept)) * 1e6


def orders(bench: Bench) -> Iterator[Row]:
    """Rates and p99 of keeping and answering, rates of doing the whole order, on each database."""
    for kind in bench.databases:
        say(f"orders on {kind}")
        plain, tuned, ours = _race(bench, kind)
        yield _kept(kind, plain, tuned, ours)
        yield _waited(kind, plain, tuned, ours)
        yield _done(kind, plain, tuned, ours)


def _race(bench: Bench, kind: str) -> tuple[Runner, Runner, Runner]:
    sizes, workers = bench.sizes, 2 if kind == POSTGRES else 1  # as many as web processes, on every side
    sides: list[tuple[Side, int]] = [
        (Yardstick(bench.database(kind), workers=workers), sizes.orders_yardstick),
        (Yardstick(bench.database(kind), "tuned", workers=workers), sizes.orders_tuned),
        (Ours(bench.database(kind), workers=workers), sizes.orders),
    ]
    with started(*(side for side, _ in sides)):
        runners = [
            Runner(side, Orders(number), many, bench.meter(side, kind)) for number, (side, many) in enumerate(sides, 1)
        ]
        for runner in runners:
            runner.warm_up(bench)
        for number in range(sizes.rounds):
            for runner in runners:
                answered = runner.run(bench)
                say(
                    f"round {number + 1}, {runner.side.name}: {answered.rate:,.0f}/s kept, p99 {answered.p99_ms:,.0f} ms, "
                    f"{runner.done[-1]:,.0f}/s done"
                )
        for runner in runners:
            demand(runner.side, Effect.of(runner.sent))
    plain, tuned, ours = runners
    return plain, tuned, ours


def _kept(kind: str, plain: Runner, tuned: Runner, ours: Runner) -> Row:
    note = (
        f"Our answer means: the signed body is compressed, encrypted and committed, and will be done; the others' means: done. "
        f"The workers of all sides ran meanwhile. p50: {median(plain.p50):,.0f} ms, tuned {median(tuned.p50):,.0f} ms, "
        f"ours {median(ours.p50):,.0f} ms."
    )
    rates = median(plain.kept), median(tuned.kept), median(ours.kept)
    return Row(
        f"order kept and answered, {kind}",
        "/s",
        rates[2],
        rates[0],
        rates[1],
        wanted=10 if kind == POSTGRES else None,
        note=note,
    )


def _waited(kind: str, plain: Runner, tuned: Runner, ours: Runner) -> Row:
    times = median(plain.p99), median(tuned.p99), median(ours.p99)
    return Row(
        f"the same, p99 of the answer, {kind}", "ms", times[2], times[0], times[1], wanted=5 if kind == POSTGRES else None,
        smaller_is_better=True,
        note=f"{_CONNECTIONS} connections that each send the next order as soon as the last was answered.",
    )  # fmt: skip


def _done(kind: str, plain: Runner, tuned: Runner, ours: Runner) -> Row:
    rates = median(plain.done), median(tuned.done), median(ours.done)
    note = (
        f"CPU of one order: yardstick {plain.cpu_us:,.0f} µs ({shares(plain.meter.taken)}), tuned {tuned.cpu_us:,.0f} µs "
        f"({shares(tuned.meter.taken)}), ours {ours.cpu_us:,.0f} µs ({shares(ours.meter.taken)})."
    )
    return Row(
        f"order wholly done, points posted and followed up, {kind}", "/s", rates[2], rates[0], rates[1],
        wanted=15 if kind == POSTGRES else None, note=note,
    )  # fmt: skip
