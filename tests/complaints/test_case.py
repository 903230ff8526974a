"""A complaint from the report to its outcome."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from regulars import complaints, messaging, signals
from regulars.audit import AuditRow
from regulars.customers import Customer
from regulars.errors import Conflict, InvalidInput, KeyReused, NotFound
from tests.complaints.conftest import EVA, Desk, report
from tests.world import World, WorldShop


def mails(desk: Desk) -> list[str]:
    shop, customer_id = desk.shop, desk.case.complaint.customer_id
    sent = shop.world.reads(lambda session: messaging.to_customer(session, shop.id, customer_id))
    return [one.template for one in sent if one.template.startswith("complaint")]


def problems(desk: Desk) -> int:
    key = (desk.shop.id, desk.case.complaint.customer_id)
    return desk.shop.world.reads(lambda session: session.get_one(Customer, key).open_problems)


def is_due(desk: Desk) -> bool:
    return desk.case.complaint.follow_up_due


def queue(desk: Desk) -> list[complaints.Complaint]:
    return desk.shop.world.reads(lambda session: complaints.queue(session, desk.shop.id))


def test_a_report_is_kept_with_its_words_and_acknowledged_by_mail(desk: Desk) -> None:
    case = desk.case
    assert (case.complaint.state, case.complaint.number, case.complaint.order_id) == ("new", 1, "7001")
    assert [(one.kind, one.author, one.text) for one in case.remarks] == [("report", "customer", "The bag was open.")]
    assert mails(desk) == ["complaint_received"]
    assert problems(desk) == 1


def test_the_host_hears_of_it_after_the_commit(shop: WorldShop) -> None:
    shop.customer_pays("ada")
    heard: list[str] = []
    with signals.complaint_opened.connected_to(lambda _app, **ids: heard.append(ids["complaint_id"])):
        desk = report(shop, "ada")
    assert heard == [desk.id]


def test_the_same_key_is_the_same_complaint_and_another_body_is_refused(desk: Desk) -> None:
    assert report(desk.shop, "ada", order_id="7001").id == desk.id
    with pytest.raises(KeyReused):
        report(desk.shop, "ada", order_id="7001", problem="late")
    assert len(desk.case.remarks) == 1


def test_numbers_run_per_shop(world: World, desk: Desk) -> None:
    assert report(desk.shop, "ada", "k-2").case.complaint.number == 2
    beta = world.shop("beta")
    beta.customer_pays("ada")
    assert report(beta, "ada").case.complaint.number == 1


def test_an_order_of_somebody_else_is_not_theirs_to_complain_about(desk: Desk) -> None:
    desk.shop.customer_pays("bea")
    with pytest.raises(InvalidInput) as refused:
        report(desk.shop, "bea", order_id="7001")
    assert list(refused.value.extra["errors"]) == ["order_id"]


def test_another_shops_case_is_not_found(world: World, desk: Desk) -> None:
    beta = world.shop("beta")
    with pytest.raises(NotFound):
        Desk(beta, desk.id).does("note", "looking")


def test_an_answer_goes_out_by_mail_and_the_case_waits(desk: Desk) -> None:
    desk.does("answer", "We are sorry; a new bag is on its way.")
    case = desk.case
    assert (case.complaint.state, case.complaint.assigned_to) == ("waiting_customer", EVA.id)
    assert case.complaint.answered_at == desk.now
    assert mails(desk).count("complaint_answer") == 1


def test_a_letter_says_what_the_agent_wrote_until_it_is_erased(desk: Desk) -> None:
    row = desk.does("answer", "A new bag is on its way.")
    data = {"remark": [desk.id, row.seq]}

    def words(erase: bool) -> object:
        def read(session: object) -> object:
            remark = session.get_one(complaints.Remark, (desk.shop.id, desk.id, row.seq))  # type: ignore[attr-defined]
            remark.text = "" if erase else remark.text
            letter = messaging.Message(shop_id=desk.shop.id, customer_id="", data=data)
            return complaints.WORDS["complaint_answer"](session, letter)  # type: ignore[arg-type]

        return desk.shop.world.reads(read)

    assert words(erase=False) == {"number": 1, "answer": "A new bag is on its way.", "agent": "Eva"}
    assert words(erase=True) is None


def test_what_the_customer_says_opens_the_case_again(desk: Desk) -> None:
    desk.does("answer", "Is it better now?")
    desk.does("hear", "No, it is not.")
    assert desk.state == "open"


def test_a_note_is_for_colleagues_and_sends_nothing(desk: Desk) -> None:
    desk.does("note", "Third bag of this batch.")
    assert mails(desk) == ["complaint_received"]
    assert desk.state == "open"


def test_three_days_after_it_was_resolved_the_follow_up_is_due_in_the_queue(desk: Desk) -> None:
    desk.does("resolve")
    assert desk.case.complaint.follow_up_at == desk.now + timedelta(days=3)
    desk.shop.world.sleeps(days=2, hours=23)
    assert not is_due(desk)
    desk.shop.world.sleeps(hours=1)
    assert is_due(desk)
    assert desk.case.remarks[-1].detail == {"code": "follow_up_due"}


def test_due_follow_ups_stand_first_in_the_queue(desk: Desk) -> None:
    earlier = report(desk.shop, "ada", "k-2")
    later = report(desk.shop, "ada", "k-3")
    later.does("resolve")
    desk.shop.world.sleeps(days=3)
    assert [one.id for one in queue(desk)] == [later.id, desk.id, earlier.id]


def test_a_case_that_opened_again_has_no_follow_up(desk: Desk) -> None:
    desk.does("resolve")
    desk.does("hear", "It broke again.")
    desk.shop.world.sleeps(days=4)
    complaint = desk.case.complaint
    assert (complaint.state, complaint.follow_up_at, complaint.follow_up_due) == ("open", None, False)


def test_resolved_twice_only_the_second_follow_up_counts(desk: Desk) -> None:
    desk.does("resolve")
    desk.does("hear", "Not yet.")
    desk.shop.world.sleeps(days=1)
    desk.does("resolve")
    desk.shop.world.sleeps(days=2, hours=1)
    assert not is_due(desk)
    desk.shop.world.sleeps(days=1)
    assert is_due(desk)


@pytest.mark.parametrize("outcome", ["satisfied", "no_answer"])
def test_it_closes_with_its_outcome(desk: Desk, outcome: str) -> None:
    desk.does("resolve")
    desk.shop.world.sleeps(days=3)
    desk.does("close", outcome)
    complaint = desk.case.complaint
    assert (complaint.state, complaint.outcome, complaint.closed_at) == ("closed", outcome, desk.now)
    assert not complaint.follow_up_due
    assert problems(desk) == 0
    assert queue(desk) == []


def test_who_is_not_satisfied_gets_the_case_reopened(desk: Desk) -> None:
    desk.does("resolve")
    desk.does("close", "unsatisfied")
    complaint = desk.case.complaint
    assert (complaint.state, complaint.outcome, complaint.closed_at, complaint.resolved_at) == (
        "open",
        None,
        None,
        None,
    )
    assert desk.case.remarks[-1].detail == {"code": "closed", "outcome": "unsatisfied"}
    assert problems(desk) == 1


def test_nothing_closes_that_was_not_resolved(desk: Desk) -> None:
    with pytest.raises(Conflict):
        desk.does("close", "satisfied")
    with pytest.raises(InvalidInput):
        desk.does("close", "happy")


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_an_answer_has_words_and_not_too_many(desk: Desk, text: str) -> None:
    with pytest.raises(InvalidInput):
        desk.does("answer", text)
    assert desk.state == "new"


def test_a_refused_step_leaves_nothing_behind(desk: Desk) -> None:
    desk.does("resolve")
    before = len(desk.case.remarks)
    with pytest.raises(Conflict):
        desk.does("answer", "One more thing.")
    assert (desk.state, len(desk.case.remarks)) == ("resolved", before)
    assert mails(desk) == ["complaint_received"]


def test_every_act_of_the_staff_is_written_down(desk: Desk) -> None:
    desk.does("answer", "Sorry.")
    desk.gives(100)
    desk.does("resolve")
    mine = (AuditRow.shop_id == desk.shop.id) & (AuditRow.actor == EVA.id)
    acts = desk.shop.world.reads(lambda session: set(session.scalars(select(AuditRow.action).where(mine))))
    assert acts == {"complaint.answer", "complaint.grant", "complaint.resolve"}
