"""Letters that must not leave are decided for a whole batch, just as each alone would be; the others leave."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

from regulars import customers, runtime
from regulars.customers import CustomerPii
from regulars.facts import CustomerDeleted
from regulars.messaging import Message, NewMessage, queue
from regulars.messaging.service import KIND
from regulars.work import WorkRow
from regulars.work.runner import drain
from tests.servers import SmtpSink
from tests.world import START, World, WorldShop


@pytest.fixture
def settings(smtp_sink: SmtpSink) -> dict[str, Any]:
    return {"REGULARS_SMTP_URL": smtp_sink.url, "REGULARS_MAIL_FROM": "hello@kavarna.example"}


def ask(shop: WorldShop, customer_id: str, *keys: str, hours: int = 99) -> None:
    latest_at = START + timedelta(hours=hours)
    asked = [NewMessage(customer_id, "complaint_received", "care", key, latest_at, {"number": 7}) for key in keys]
    shop.world.writes(lambda session: queue(session, shop.id, asked, START))


def became(shop: WorldShop) -> dict[str, tuple[str, str | None]]:
    question = select(Message).where(Message.shop_id == shop.id, Message.template == "complaint_received")
    found = shop.world.reads(lambda session: [*session.scalars(question)])
    return {one.key: (one.state, one.reason) for one in found}


def test_of_many_letters_those_leave_that_may(shop: WorldShop, smtp_sink: SmtpSink) -> None:
    for who in ("ada", "bea", "cid"):
        shop.customer_pays(who)
    smtp_sink.clear()
    ada, bea, cid = map(shop.id_of, ("ada", "bea", "cid"))
    ask(shop, ada, "may leave", "may leave too")
    ask(shop, ada, "too late", hours=1)
    ask(shop, bea, "erased")
    ask(shop, cid, "gone")
    ask(shop, "nobody", "unknown")
    shop.world.writes(lambda session: forget(session, shop, bea))
    shop.world.clock.passes(hours=2)
    shop.world.works()
    assert became(shop) == {
        "may leave": ("sent", None),
        "may leave too": ("sent", None),
        "too late": ("skipped", "too_late"),
        "erased": ("skipped", "no_address"),
        "gone": ("skipped", "customer_deleted"),
        "unknown": ("skipped", "customer_deleted"),
    }
    assert len(smtp_sink.to("ada@example.com")) == len(smtp_sink.messages) == 2


def forget(session: Session, shop: WorldShop, bea: str) -> None:
    mine = CustomerPii.shop_id == shop.id
    session.execute(delete(CustomerPii).where(mine, CustomerPii.customer_id == bea))
    customers.forget(session, shop.id, [CustomerDeleted(str(shop.customer("cid")["id"]), START)])


def test_without_a_mail_server_ninety_letters_cost_no_more_statements_than_ten(shop: WorldShop) -> None:
    shop.customer_pays("ada")
    hand = runtime.of(shop.world.app)
    hand.settings = replace(hand.settings, smtp_url="")
    counts = []
    for turn, size in enumerate((10, 90)):
        ask(shop, shop.id_of("ada"), *(f"{turn}-{number}" for number in range(size)))
        counts.append(_statements(shop.world))
    assert counts[0] == counts[1]
    assert set(became(shop).values()) == {("skipped", "no_mail_server")}


def _statements(world: World) -> int:
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    with world.app.app_context():
        engine = world.app.extensions["sqlalchemy"].engine
        event.listen(engine, "before_cursor_execute", listen)
        drain()
        event.remove(engine, "before_cursor_execute", listen)
    return len(said)


def test_a_letter_whose_earlier_try_got_no_answer_is_not_skipped_but_waits_for_a_person(shop: WorldShop) -> None:
    shop.customer_pays("ada")
    ask(shop, shop.id_of("ada"), "in doubt", "too late", hours=1)
    doubted = update(WorkRow).where(WorkRow.shop_id == shop.id, WorkRow.key == f"{KIND}:in doubt")
    shop.world.writes(lambda session: session.execute(doubted.values(sending_since=START)))
    shop.world.clock.passes(hours=2)
    shop.world.works()
    assert became(shop) == {"in doubt": ("unknown", "no_answer"), "too late": ("skipped", "too_late")}


def test_a_damaged_row_holds_up_no_other_letter(shop: WorldShop) -> None:
    shop.customer_pays("ada")
    ask(shop, shop.id_of("ada"), "one", "two")
    damaged = update(WorkRow).where(WorkRow.shop_id == shop.id, WorkRow.key == f"{KIND}:one")
    shop.world.writes(lambda session: session.execute(damaged.values(payload={})))
    with shop.world.app.app_context():
        drain()
    assert became(shop)["two"] == ("sent", None)
    question = select(WorkRow.last_error).where(WorkRow.shop_id == shop.id, WorkRow.key == f"{KIND}:one")
    assert "KeyError" in str(shop.world.reads(lambda session: session.scalar(question)))
