"""What a batch is worth: the same verbs of ours with one fact or row a transaction, and with 500."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter

from bench.ours.side import Ours
from bench.rows import Row
from bench.running import Bench, ending, median, say
from regulars import pipeline, runtime, shops, work
from regulars.db import unit_of_work
from regulars.facts import CustomerRef, LineSeen, OrderSeen, Origin, PaymentStatus
from regulars.work.runner import drain

_BATCH = 500
_CUSTOMERS = 400
_KIND = "ledger.settle"


def batches(bench: Bench) -> Iterator[Row]:
    """Orders applied and rows drained in this process, on each database."""
    for kind in bench.databases:
        say(f"batches on {kind}")
        ours = Ours(bench.database(kind))
        with ending(ours):
            yield from _measure(bench, kind, ours)


def _measure(bench: Bench, kind: str, ours: Ours) -> Iterator[Row]:
    applied: dict[int, list[float]] = {1: [], _BATCH: []}
    drained: dict[int, list[float]] = {1: [], _BATCH: []}
    for turn in range(bench.sizes.rounds):
        for size in (1, _BATCH):
            count = bench.sizes.batches if size == 1 else bench.sizes.batches * 10
            applied[size].append(_apply(ours, turn, size, count))
            drained[size].append(_drain(ours, turn, size, count))
    note = "The statements are as many for one as for 500; what remains of a batch's cost is making its rows."
    rates = median(applied[_BATCH]), median(applied[1])
    yield Row(f"orders applied, {_BATCH} a transaction against one, {kind}", "/s", *rates, note=note)
    rates = median(drained[_BATCH]), median(drained[1])
    note = "A batch shares one claim, one transaction and one finish."
    yield Row(f"work rows drained, {_BATCH} a batch against one, {kind}", "/s", *rates, note=note)


def _apply(ours: Ours, turn: int, size: int, count: int) -> float:
    orders, now = _orders(f"{turn}-{size}", count), datetime.now(UTC)
    shop = ours.reads(lambda session: shops.get_shop(session, ours.shop_id))

    def put_all() -> None:
        for at in range(0, count, size):
            part = orders[at : at + size]
            unit_of_work(partial(pipeline.apply, shop=shop, facts=part, now=now, origin=Origin.BACKFILL))

    with ours.app.app_context():
        return _per_second(count, put_all)


def _orders(prefix: str, count: int) -> list[OrderSeen]:
    now = datetime.now(UTC)
    return [
        OrderSeen(
            f"{prefix}-{number}", placed := now - timedelta(minutes=count - number), placed, "EUR", PaymentStatus.PAID, 7500,
            tuple(LineSeen(f"{number}-{place}", 1, 1, 2500, product_id=str(place)) for place in range(3)),
            CustomerRef(id=str(number % _CUSTOMERS)),
        )
        for number in range(count)
    ]  # fmt: skip


def _drain(ours: Ours, turn: int, size: int, count: int) -> float:
    hand, now = runtime.of(ours.app), datetime.now(UTC)
    rows = [work.row(ours.shop_id, _KIND, f"{turn}-{size}-{number}", {}, now) for number in range(count)]
    ours.writes(lambda session: work.add(session, rows))
    before, hand.settings = hand.settings, replace(hand.settings, drain_batch=size)
    try:
        with ours.app.app_context():
            return _per_second(count, drain)
    finally:
        hand.settings = before


def _per_second(count: int, run: Callable[[], object]) -> float:
    begun = perf_counter()
    run()
    return count / (perf_counter() - begun)
