"""A simulator that never fails proves nothing: with one safeguard taken out of the app, some seed must find it."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from regulars import bulk, ledger
from regulars.bulk import insert_new
from regulars.ledger import converge
from regulars.values import new_id
from regulars.work import Sending, clockwork, service
from regulars_webhooks.inbox import InboxRow
from regulars_webhooks.inbox import service as inbox_service
from tests.simulator.runs import SimulationFailed, live
from tests.simulator.world import House

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SEEDS = range(40)


def the_fence_is_down(patch: pytest.MonkeyPatch, _house: House) -> None:
    """Whoever comes to an end closes the row, also when another worker has taken it over."""

    def finish(
        session: Any, table: Any, shop_id: int, ids: list[str], _token: str, now: Any, *, state: str = "done",
        why: str | None = None,
    ) -> None:  # fmt: skip
        values = {"state": state, "done_at": now, "last_error": why, "lease_token": None, "lease_until": None}
        mine = update(table).where(table.shop_id == shop_id, table.id.in_(ids)).values(**values)
        session.execute(mine.execution_options(synchronize_session=False))

    patch.setattr(service, "finish", finish)


def a_message_has_no_key(patch: pytest.MonkeyPatch, _house: House) -> None:
    """What comes twice is kept twice."""

    def insert(session: Any, model: Any, rows: list[dict[str, Any]]) -> None:
        unkeyed = [row | {"delivery_id": f"{row['delivery_id']}/{new_id()}"} for row in rows]
        insert_new(session, model, unkeyed if model is InboxRow else rows)

    patch.setattr(bulk, "insert_new", insert)


def points_accumulate(patch: pytest.MonkeyPatch, _house: House) -> None:
    """Every document posts what is due, whatever stands already."""

    def accumulate(book: Any, posted: Any, entitled: int, *rest: Any, **said: Any) -> Any:
        return converge(book, replace(posted, points=0) if entitled else posted, entitled, *rest, **said)

    patch.setattr(ledger, "converge", accumulate)


def nobody_sweeps(patch: pytest.MonkeyPatch, _house: House) -> None:
    """A ring that was lost stays lost."""
    patch.setattr(clockwork, "sweep", lambda **_: None)


def letters_are_sent_again_in_doubt(_patch: pytest.MonkeyPatch, house: House) -> None:
    """No answer counts as a no."""
    handler = house.handlers["messaging.send"]
    assert isinstance(handler, Sending)
    house.handlers["messaging.send"] = replace(handler, repeatable=True)


def adjustments_have_no_key(patch: pytest.MonkeyPatch, _house: House) -> None:
    """An agent who clicks again gives again."""
    real = ledger.adjust

    def adjust(session: Any, shop: int, who: str, unit: str, points: int, cause: Any, _key: str, now: Any) -> None:
        real(session, shop, who, unit, points, cause, new_id(), now)

    patch.setattr(ledger, "adjust", adjust)


def messages_are_acknowledged_unkept(patch: pytest.MonkeyPatch, house: House) -> None:
    """Now and then 200 is said, and nothing was written."""
    real = inbox_service.keep_rows

    def keep_rows(session: Any, rows: Any) -> None:
        if house.entropy.random() > 0.01:
            real(session, rows)

    patch.setattr("regulars_webhooks.intake.keep_rows", keep_rows)


MUTATIONS: list[Callable[[pytest.MonkeyPatch, House], None]] = [
    the_fence_is_down, a_message_has_no_key, points_accumulate, nobody_sweeps, letters_are_sent_again_in_doubt,
    adjustments_have_no_key, messages_are_acknowledged_unkept,
]  # fmt: skip


@on_sqlite
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.__name__)
def test_it_notices(
    house: House, database_kind: str, monkeypatch: pytest.MonkeyPatch, mutation: Callable[..., None]
) -> None:
    mutation(monkeypatch, house)
    found = next((failure for seed in SEEDS if (failure := _fails(house, seed))), None)
    assert found is not None, f"{len(SEEDS)} seeds did not notice that {mutation.__name__}"
    assert "AssertionError" in found, "the app fell over its own feet; the simulator did not find it"
    sys.stdout.write(found.partition("\n")[0] + "\n")


def _fails(house: House, seed: int) -> str | None:
    try:
        live(house, seed)
    except SimulationFailed as failure:
        return str(failure)
    return None
