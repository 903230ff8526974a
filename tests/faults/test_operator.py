"""C016: two operators replay the same dead letter at the same moment; one effect, and a name and a time in the audit."""

import json
import subprocess
import sys

import pytest
from sqlalchemy import select

from regulars import clock
from regulars.audit import AuditRow
from regulars_webhooks.inbox import InboxRow
from tests.embedded.house import clean_environment
from tests.faults.conftest import OpenTown
from tests.faults.town import DEEP, KEPT, Desk

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.postgres, pytest.mark.timeout(120)]


def replays(desk: Desk, row_id: str, times: int) -> list[tuple[int, str]]:
    """So many processes of `regulars deadletters replay ID`, all at once; exit codes and words."""
    command = [sys.executable, "-m", "regulars", "deadletters", "replay", row_id, "--json"]
    environment = clean_environment() | desk.town.environment
    running = [
        subprocess.Popen(command, env=environment, cwd=desk.town.folder, stdout=subprocess.PIPE, text=True)
        for _ in range(times)
    ]
    told = [process.communicate(timeout=60)[0] for process in running]
    return [(process.returncode, json.loads(words)[0]["result"]) for process, words in zip(running, told, strict=True)]


@pytest.mark.parametrize("database_kind", ["sqlite", "postgres"] if DEEP else ["postgres"], indirect=True)
def test_c016_a_dead_letter_is_replayed_twice_at_once(open_town: OpenTown, database_url: str) -> None:
    """C016: one replay wins, the other is told why not; then it is done, and a replay of what is done changes nothing."""
    desk = open_town(database_url)
    order = desk.order(1000) | {"currency": "USD"}
    client = desk.town.app.test_client()
    assert desk.shop.sends_with(client, "orders/paid", order, **{"X-Shopify-Webhook-Id": "wh-1000"}).status_code == 200
    desk.told[1000] = KEPT
    desk.town.drains()
    row = select(InboxRow).where(InboxRow.shop_id == desk.shop.id)
    letter = desk.shop.world.reads(lambda session: session.scalars(row).one())
    assert letter.state == "dead"
    assert desk.town.measure("regulars_rows", drain="inbox", state="dead") == 1
    desk.has_currency("USD")
    before = clock.now()
    told = replays(desk, letter.id, 2)
    assert sorted(code for code, _ in told) == [0, 1]
    assert [words for code, words in told if code == 0] == ["replayed"]
    (why,) = [words for code, words in told if code == 1]
    assert "waiting to be done" in why or "Somebody else" in why
    desk.town.drains()
    desk.has_lost_and_doubled_nothing()
    ((code, words),) = replays(desk, letter.id, 1)
    assert (code, "done already" in words) == (1, True)
    desk.town.drains()
    desk.has_lost_and_doubled_nothing()
    written = select(AuditRow).where(AuditRow.shop_id == desk.shop.id, AuditRow.subject == f"inbox:{letter.id}")
    audited = desk.shop.world.reads(lambda session: [*session.scalars(written.order_by(AuditRow.at))])
    assert sorted(row.action for row in audited) == ["deadletter.not_replayed"] * 2 + ["deadletter.replayed"]
    assert {row.actor for row in audited} == {"operator"}
    assert all(before <= row.at <= clock.now() for row in audited)
