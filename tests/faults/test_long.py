"""C080: a shop goes on selling while everything below it is killed and restarted, for a minute, or for half an hour."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.embedded.house import PATIENCE_SECONDS
from tests.faults.town import DEEP, KEPT, REFUSED, UNKNOWN, Desk, during, listens
from tests.servers import ValkeyServer, free_port, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.postgres,
    pytest.mark.timeout(2700 if DEEP else 300),
]

EVENTS_PER_SECOND = 20


@dataclass(frozen=True)
class Plan:
    """How long, and how often who is restarted, in seconds."""

    lasts: int
    worker: int
    queue: int
    web: int


PLAN = Plan(lasts=1800, worker=60, queue=300, web=300) if DEEP else Plan(lasts=60, worker=10, queue=20, web=25)


def opens_web(desk: Desk, key: str, port: int) -> None:
    """One of the web processes behind the same address, as a proxy sees them."""
    desk.town.goes(key, "web", "--port", str(port), "--workers", "1")
    wait_until(lambda: listens(port), "the web did not answer", seconds=PATIENCE_SECONDS)


def sells(desk: Desk, ports: list[int], seconds: int) -> None:
    """So many orders a second, each to one web process, and to the next where nobody listens."""
    started = time.monotonic()

    def sell(number: int) -> None:
        order = desk.order(number)
        for attempt in range(40):
            port = ports[(number + attempt) % len(ports)]
            if desk.delivers(number, order, address=f"http://127.0.0.1:{port}") != REFUSED:
                return
            time.sleep(0.1)

    with ThreadPoolExecutor(16) as pool:
        for number in range(seconds * EVENTS_PER_SECOND):
            time.sleep(max(0.0, started + number / EVENTS_PER_SECOND - time.monotonic()))
            pool.submit(sell, 1000 + number)


def every(seconds: int, now: float, fault: Callable[[], None]) -> Callable[[], float]:
    """Does the fault when it is due; gives when it is due next."""
    due = now + seconds

    def look() -> float:
        nonlocal due
        if time.monotonic() >= due:
            fault()
            due += seconds
        return due

    return look


def test_c080_everything_is_killed_in_turn_while_orders_come(desk: Desk, queue: ValkeyServer) -> None:
    """C080: 20 events/s; workers killed, queue server and webs restarted: 0 lost, 0 double, 0 answers but 200.

    What finds nobody at a web that stops is sent again, as a shop does.
    """
    town = desk.town
    ports = [town.port, free_port()]
    for place, port in enumerate(ports):
        opens_web(desk, f"web-{place}", port)
    town.works("worker-0")
    town.works("worker-1")
    turns = {"worker": 0, "web": 0}

    def kill_a_worker() -> None:
        key = f"worker-{turns['worker'] % 2}"
        turns["worker"] += 1
        town.kills(key)
        town.works(key)

    def restart_the_queue() -> None:
        queue.stop()
        time.sleep(1)
        queue.start()

    def restart_a_web() -> None:
        place = turns["web"] % 2
        turns["web"] += 1
        town.processes[f"web-{place}"].stop()
        opens_web(desk, f"web-{place}", ports[place])

    def trouble() -> None:
        now = time.monotonic()
        looks = [
            every(PLAN.worker, now, kill_a_worker), every(PLAN.queue, now, restart_the_queue),
            every(PLAN.web, now, restart_a_web),
        ]  # fmt: skip
        while (left := now + PLAN.lasts - time.monotonic()) > 0:
            time.sleep(max(0.0, min(left, min(look() for look in looks) - time.monotonic())))

    during(lambda: sells(desk, ports, PLAN.lasts), trouble)
    assert turns["worker"] >= PLAN.lasts // PLAN.worker - 2
    assert turns["web"] >= 1
    assert set(desk.statuses) == {200}
    assert desk.numbers(REFUSED) == []
    cut_off = desk.numbers(UNKNOWN)  # connections that a web process had not taken up yet when it was told to stop
    assert len(cut_off) <= 3 * turns["web"], cut_off
    assert not desk.kept_rows() & set(cut_off), "a request that was taken up got no answer"
    desk.sends_the_rest_again()
    assert len(desk.numbers(KEPT)) == PLAN.lasts * EVENTS_PER_SECOND
    assert desk.becomes_quiet() < 60
    desk.has_lost_and_doubled_nothing()
    assert desk.slowest_seconds < 5
