"""The bench itself: every measure runs at its smallest, and both sides did all they were sent."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench import report
from bench.__main__ import MEASURES, measure
from bench.documents import Orders
from bench.rows import Row
from bench.running import POSTGRES, SQLITE, TINY, Bench, running
from bench.sides import Effect, LostSomething, demand
from bench.yardstick.side import Yardstick
from tools.prepare import find_wrk


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with running(TINY, (POSTGRES,)) as made:
        yield made


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MEASURES)
def test_each_measure_does_what_it_measures(name: str, bench: Bench) -> None:
    if find_wrk() is None:
        pytest.skip("NO WRK on the PATH: the bench was not run (apt-get install wrk)")
    both = replace(bench, databases=(POSTGRES, SQLITE))  # where no server has to start for it
    rows, failures = measure(both if name in {"balance", "past", "batches"} else bench, [name])
    assert failures == []
    assert rows
    assert all(row.ours > 0 or row.limit is not None for row in rows)


@pytest.mark.slow
def test_a_side_that_lost_an_order_measures_nothing(bench: Bench) -> None:
    side = Yardstick(bench.database(SQLITE))
    with pytest.raises(LostSomething, match="instead of"):
        demand(side, Effect.of(Orders(1).take(1)))
    side.stop()


def test_a_row_says_how_many_times_and_whether_it_is_enough() -> None:
    fast = Row("orders", "/s", ours=1000, yardstick=80, tuned=400, wanted=10)
    quick = Row("p99", "ms", ours=10, yardstick=40, wanted=5, smaller_is_better=True)
    assert (fast.ratio, fast.ratio_to_tuned, fast.good) == (12.5, 2.5, True)
    assert (quick.ratio, quick.good) == (4, False)


def test_the_page_shows_what_failed() -> None:
    page = report.page(
        [Row("orders", "/s", ours=1)], ["me: it lost a shopper"], ["two cores"], ["orders", "me"], minutes=1, quick=True
    )
    assert "- me: it lost a shopper" in page
