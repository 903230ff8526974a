"""The other side has taken it and we do not know: it comes again under the same id, and our row is done once."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import select

from regulars import outbound, shops
from regulars.work import WorkRow
from tests.embedded.house import descendants
from tests.faults.servers import freeze, parent_of, thaw
from tests.faults.town import DEEP, Desk, kill
from tests.outbound.receiver import Receiver
from tests.servers import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.postgres, pytest.mark.timeout(240)]

KIND = "outbound.deliver"


@pytest.fixture
def told(desk: Desk, receiver: Receiver) -> Desk:
    """The shop tells the receiver when somebody's tier changes."""
    now = desk.shop.world.clock.moment
    desk.shop.world.writes(
        lambda session: outbound.add_endpoint(
            session, shops.get_shop(session, desk.shop.id), receiver.url(), ["tier.changed"], now
        )
    )
    return desk


def happens(desk: Desk, key: str = "1") -> None:
    """A tier changes."""
    event = outbound.Event("tier.changed", key, {"to": "Gold"})
    shop, now = desk.shop, desk.shop.world.clock.moment
    shop.world.writes(lambda session: outbound.announce(session, shop.id, [event], now))


def row(desk: Desk) -> WorkRow:
    """The delivery, as we know it."""
    question = select(WorkRow).where(WorkRow.shop_id == desk.shop.id, WorkRow.kind == KIND)
    return desk.shop.world.reads(lambda session: session.scalars(question).one())


def hears(receiver: Receiver, times: int, seconds: float = 60) -> None:
    wait_until(lambda: len(receiver.heard) >= times, f"it heard {len(receiver.heard)} of {times}", seconds=seconds)


def is_done(desk: Desk, seconds: float = 60) -> WorkRow:
    wait_until(lambda: row(desk).state == "done", "the delivery was not done", seconds=seconds)
    return row(desk)


def kill_all(desk: Desk) -> None:
    desk.town.kills("worker")


def kill_child(desk: Desk) -> None:
    for pid in descendants(desk.town.processes["worker"].pid):
        kill(pid)


def held_in_the_middle(desk: Desk, receiver: Receiver) -> None:
    """A forking worker has sent it, the receiver has taken it, and the answer does not come."""
    receiver.holds = 1
    desk.town.works("worker", "--forking")
    happens(desk)
    hears(receiver, 1)
    assert row(desk).sending_since is not None
    assert desk.town.measure("regulars_rows", drain="work", state="leased") == 1


@pytest.mark.parametrize("dies", [kill_all, kill_child], ids=["C041-worker-and-child", "C042-child"])
def test_c041_c042_the_receiver_has_it_and_the_worker_dies(
    told: Desk, receiver: Receiver, dies: Callable[[Desk], None]
) -> None:
    """C041, C042: kill -9 between the receiver's commit and its answer; the repeat is known by its id."""
    held_in_the_middle(told, receiver)
    dies(told)
    receiver.gate.set()
    wait_until(lambda: told.town.measure("regulars_lag_seconds", drain="work") > 1, "nobody would have seen it")
    if dies is kill_all:
        wait_until(lambda: told.town.measure("regulars_leases_overdue", drain="work") == 1, "nobody would have seen it")
        told.town.works("worker", "--forking")
    assert is_done(told).attempts == 2
    assert len(receiver.heard) == 2
    assert len(set(receiver.ids)) == 1


def test_c043_the_parent_dies_and_the_child_finishes_under_its_lease(told: Desk, receiver: Receiver) -> None:
    """C043: the child lives on and renews its lease, so the second worker does not begin the same thing."""
    held_in_the_middle(told, receiver)
    kill(told.town.processes["worker"].pid)
    told.town.works("second")
    time.sleep(5)  # two leases and a half
    assert (len(receiver.heard), row(told).condition) == (1, "leased")
    receiver.gate.set()
    assert is_done(told).attempts == 1
    assert len(receiver.heard) == 1


def test_c043_who_finishes_late_is_refused_by_the_fence(told: Desk, receiver: Receiver) -> None:
    """C043: parent dead, child frozen past its lease; a second worker does it; the child wakes and changes nothing."""
    held_in_the_middle(told, receiver)
    (child,) = descendants(told.town.processes["worker"].pid)
    parent = told.town.processes["worker"].pid
    kill(parent)
    wait_until(lambda: parent_of(child) != parent, "the parent lives")  # the kernel hangs up on children stopped before
    freeze(child)
    told.town.works("second")
    done = is_done(told)
    receiver.gate.set()
    thaw(child)
    told.town.hears("worker", "lease_lost", seconds=20)
    kill(child)
    assert (row(told).state, row(told).done_at, row(told).attempts) == ("done", done.done_at, 2)
    assert (len(receiver.heard), len(set(receiver.ids))) == (2, 1)


def test_c047_the_connection_is_cut_before_the_answer(told: Desk, receiver: Receiver) -> None:
    """C047: it was taken and nobody told us; it comes again under the same id."""
    receiver.cuts = 1
    told.town.works()
    happens(told)
    hears(receiver, 1)
    wait_until(lambda: row(told).last_error is not None, "the doubt is not written down")
    assert (row(told).last_error or "").startswith("UnknownOutcome")
    assert is_done(told).attempts == 2
    assert (len(receiver.heard), len(set(receiver.ids))) == (2, 1)


@pytest.mark.skipif(not DEEP, reason="deep only: tests/outbound has each answer by itself")
def test_c022_a_receiver_in_trouble_is_asked_ever_less_often(told: Desk, receiver: Receiver) -> None:
    """C022: 500, 302, then 429 with a wait, then a hang, then 200: growing pauses, nothing before the wait."""
    receiver.answers = [500, 302, 500, 429]
    receiver.headers = {"Retry-After": "3"}
    told.town.works()
    happens(told)
    hears(receiver, 4)
    receiver.headers = {}
    receiver.holds = 1
    is_done(told)
    pauses = [later - earlier for earlier, later in zip(receiver.times, receiver.times[1:], strict=False)]
    assert pauses[0] < 3
    assert pauses[3] >= 3
    assert all(pause >= 0.25 * 2**number for number, pause in enumerate(pauses))
    assert len(set(receiver.ids)) == 1
