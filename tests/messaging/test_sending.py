"""A message from the wish to the mailbox: once, checked again when it leaves, and kept with how it ended."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from regulars import complaints, customers
from regulars.customers import CustomerPii
from regulars.facts import CustomerDeleted
from regulars.messaging import Message, NewMessage, queue
from regulars.work import WorkRow
from regulars.work.runner import drain
from tests.servers import SmtpSink, free_port
from tests.world import START, World, WorldShop


@pytest.fixture
def settings(smtp_sink: SmtpSink) -> dict[str, Any]:
    return {"REGULARS_SMTP_URL": smtp_sink.url, "REGULARS_MAIL_FROM": "hello@kavarna.example"}


@pytest.fixture
def ada(shop: WorldShop, smtp_sink: SmtpSink) -> str:
    """Ada is known, and has had her thank-you."""
    shop.customer_pays("ada")
    smtp_sink.clear()
    return shop.id_of("ada")


def ask(shop: WorldShop, customer_id: str, *keys: str, **said: Any) -> None:
    facts: dict[str, Any] = {"template": "complaint_received", "purpose": "care", "data": {"number": 7}} | said
    latest_at = facts.pop("latest_at", shop.world.clock.moment + timedelta(days=7))
    messages = [NewMessage(customer_id, key=key, latest_at=latest_at, **facts) for key in keys or ("one",)]
    shop.world.writes(lambda session: queue(session, shop.id, messages, shop.world.clock.moment))


def tries(world: World) -> None:
    """The worker works, and something may go wrong."""
    with world.app.app_context():
        drain()


def message(shop: WorldShop, key: str = "one") -> Message:
    question = select(Message).where(Message.shop_id == shop.id, Message.key == key)
    return shop.world.reads(lambda session: session.scalars(question).one())


def test_a_first_order_is_thanked_for_by_the_shop_by_name(shop: WorldShop, smtp_sink: SmtpSink) -> None:
    shop.customer_pays("ada", "100.00")
    (mail,) = smtp_sink.to("ada@example.com")
    assert mail["Subject"] == "Thank you for your first order at alpha"
    assert mail["From"] == "alpha <hello@kavarna.example>"
    assert "100 points are already waiting for you." in body(mail)


def test_who_orders_twice_before_anybody_looks_is_thanked_once_for_the_first(shop: WorldShop) -> None:
    first = shop.order("ada", "100.00")
    shop.world.clock.passes(minutes=1)
    for order in (shop.order("ada", "50.00"), first):
        shop.sends("orders/paid", order)
    shop.world.works()
    assert shop.stage("ada") == "retain"
    assert message(shop, f"thank_you:{shop.id_of('ada')}").data == {"order_id": str(first["id"])}


def test_a_message_is_sent_once_however_often_it_is_asked_for(shop: WorldShop, ada: str, smtp_sink: SmtpSink) -> None:
    ask(shop, ada, "one", "one")
    shop.world.works()
    ask(shop, ada, "one")
    shop.world.works()
    assert len(smtp_sink.to("ada@example.com")) == 1
    assert (message(shop).state, message(shop).sent_at) == ("sent", START)


def test_a_promotion_is_refused_with_its_reason_and_makes_no_work(
    shop: WorldShop, ada: str, smtp_sink: SmtpSink
) -> None:
    ask(shop, ada, purpose="marketing")
    work = select(WorkRow).where(WorkRow.shop_id == shop.id, WorkRow.key == "messaging.send:one")
    assert (message(shop).state, message(shop).reason) == ("skipped", "marketing_not_ready")
    assert shop.world.reads(lambda session: session.scalars(work).all()) == []
    shop.world.works()
    assert smtp_sink.messages == []


def test_a_message_whose_time_is_over_does_not_leave(shop: WorldShop, ada: str, smtp_sink: SmtpSink) -> None:
    ask(shop, ada, latest_at=START + timedelta(hours=1))
    shop.world.clock.passes(hours=2)
    shop.world.works()
    assert (message(shop).state, message(shop).reason) == ("skipped", "too_late")
    assert smtp_sink.messages == []


def test_a_message_to_somebody_deleted_meanwhile_does_not_leave(shop: WorldShop, ada: str, smtp_sink: SmtpSink) -> None:
    ask(shop, ada)
    gone = CustomerDeleted(str(shop.customer("ada")["id"]), START)
    shop.world.writes(lambda session: customers.forget(session, shop.id, [gone]))
    shop.world.works()
    assert message(shop).reason == "customer_deleted"
    assert smtp_sink.messages == []


def test_a_message_without_an_address_does_not_leave(shop: WorldShop, ada: str) -> None:
    ask(shop, ada)
    shop.world.writes(lambda session: session.execute(delete(CustomerPii).where(CustomerPii.shop_id == shop.id)))
    shop.world.works()
    assert message(shop).reason == "no_address"


def test_thanks_for_an_order_that_was_cancelled_do_not_leave(shop: WorldShop, ada: str) -> None:
    ask(shop, ada, template="thank_you", data={"order_id": "no such order"})
    shop.world.works()
    assert message(shop).reason == "nothing_to_say"


def body(mail: EmailMessage) -> str:
    text = mail.get_body(("plain",))
    assert text is not None
    return str(text.get_content())


def test_an_agents_answer_arrives_under_their_name_and_the_cases_number(
    shop: WorldShop, ada: str, smtp_sink: SmtpSink
) -> None:
    eva = complaints.Agent("s1", "agent", "Eva Malá", "eva@kavarna.example")

    def report_and_answer(session: Session) -> None:
        case = complaints.open_complaint(session, shop.id, ada, None, "damaged", "The cup is broken.", "key", START)
        complaints.answer(session, shop.id, case.id, eva, "A new one is on its way.", START)

    shop.world.writes(report_and_answer)
    shop.world.works()
    received, answer = sorted(smtp_sink.to("ada@example.com"), key=lambda mail: str(mail["Subject"]), reverse=True)
    assert received["Subject"] == "We have your message: case 1"
    assert answer["Subject"] == "An answer to your case 1"
    assert "A new one is on its way.\n\nEva Malá\nalpha\n\nCase 1" in body(answer).replace("\r\n", "\n")
    assert "Auto-Submitted" not in answer


def test_points_that_can_be_used_from_now_on_are_told_with_what_there_is_altogether(
    shop: WorldShop, ada: str, smtp_sink: SmtpSink
) -> None:
    ask(shop, ada, template="points_available", data={"points": 30, "unit": "points"})
    shop.world.works()
    assert smtp_sink.messages[0]["Subject"] == "Your 30 points are ready to use"
    assert "Altogether you have 100 points." in body(smtp_sink.messages[0])


def test_a_customer_is_written_to_in_their_own_language(shop: WorldShop, ada: str, smtp_sink: SmtpSink) -> None:
    def speaks_czech(session: Session) -> None:
        row = session.get(CustomerPii, (shop.id, ada))
        assert row is not None
        row.locale = "cs-CZ"

    shop.world.writes(speaks_czech)
    ask(shop, ada)
    shop.world.works()
    assert smtp_sink.messages[0]["Subject"] == "Vaši zprávu máme: případ 7"


def test_a_refused_recipient_is_a_failed_message(shop: WorldShop, ada: str, smtp_sink: SmtpSink) -> None:
    smtp_sink.refusals["ada@example.com"] = "550 no such user"
    ask(shop, ada)
    shop.world.works()
    assert (message(shop).state, message(shop).reason) == ("failed", "refused")


def test_a_full_mailbox_gets_its_message_later(shop: WorldShop, ada: str, smtp_sink: SmtpSink) -> None:
    smtp_sink.refusals["ada@example.com"] = "452 mailbox full"
    ask(shop, ada)
    tries(shop.world)
    assert message(shop).state == "queued"
    smtp_sink.refusals.clear()
    shop.world.clock.passes(minutes=1)
    shop.world.works()
    assert message(shop).state == "sent"


def test_many_messages_are_asked_for_in_two_statements(shop: WorldShop, ada: str) -> None:
    statements: list[str] = []

    def ask_for_many(session: Session) -> None:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        latest = START + timedelta(days=7)
        many = [NewMessage(ada, "complaint_received", "care", f"m{n}", latest, {"number": n}) for n in range(300)]
        queue(session, shop.id, many, START)

    shop.world.writes(ask_for_many)
    assert len([one for one in statements if one.startswith("INSERT")]) <= 4  # two, in pages


class TestWithoutMailServer:
    """An installation that has not been told of a mail server."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {}

    def test_a_message_is_skipped_and_says_so(self, shop: WorldShop) -> None:
        shop.customer_pays("ada")
        ask(shop, shop.id_of("ada"))
        shop.world.works()
        assert (message(shop).state, message(shop).reason) == ("skipped", "no_mail_server")


class TestMailServerAway:
    """An installation whose mail server does not answer."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"REGULARS_SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "REGULARS_TRIES": 2}

    def test_a_message_is_unreachable_after_the_last_try(self, world: World) -> None:
        shop = world.shop()
        shop.sends("orders/paid", shop.order("ada"))
        tries(world)
        key = f"thank_you:{shop.id_of('ada')}"
        assert message(shop, key).state == "queued"
        world.clock.passes(minutes=1)
        tries(world)
        assert (message(shop, key).state, message(shop, key).reason) == ("failed", "unreachable")
