"""A case on the staff's side: found in the queue, answered, made up for within limits, resolved, followed up, closed."""

import re

from werkzeug.test import TestResponse

from regulars import complaints
from regulars.complaints import Case
from regulars.messaging import Message
from tests.admin.house import ADA, Desk, House, desk_of, hire, sign_in
from tests.world import World


def case_of(world: World, house: House) -> Case:
    return world.reads(lambda session: complaints.one(session, house.shop.id, house.ids["complaint_id"]))


def path_of(house: House, verb: str = "") -> str:
    return house.path(f"complaints/{house.ids['complaint_id']}{'/' + verb if verb else ''}")


def fields_of(desk: Desk, house: House) -> dict[str, str]:
    """The hidden fields of the forms as they stand on the page now."""
    page = desk.text(path_of(house))
    return {
        name: found[1]
        for name in ("seen", "key")
        if (found := re.search(rf'name="{name}" value="(\w+)"', page)) is not None
    }


def take(desk: Desk, house: House, verb: str, **form: str) -> TestResponse:
    """Send one of the page's forms as it stands now."""
    return desk.send(path_of(house, verb), **fields_of(desk, house) | form)


def points_given(world: World, house: House) -> list[int]:
    return [remark.detail["points"] for remark in case_of(world, house).remarks if remark.kind == "grant"]


def test_the_queue_shows_who_waits_and_that_it_is_late(world: World, house: House) -> None:
    page = desk_of(world, "agent").text(house.path("complaints/"))
    assert "One bag was torn" in page
    assert ADA.name in page
    assert "Overdue" in page


def test_an_answer_goes_out_by_mail_and_the_case_waits(world: World, house: House) -> None:
    desk = desk_of(world, "agent")
    assert take(desk, house, "answer", text="We are sorry, Ada.").status_code == 302
    assert case_of(world, house).complaint.state == "waiting_customer"
    assert "complaint_answer" in [message.template for message in messages(world, house)]


def messages(world: World, house: House) -> list[Message]:
    return world.reads(lambda session: session.query(Message).filter_by(shop_id=house.shop.id).all())


def test_two_clicks_send_one_answer(world: World, house: House) -> None:
    desk = desk_of(world, "agent")
    form = fields_of(desk, house) | {"text": "We are sorry."}
    clicks = [desk.send(path_of(house, "answer"), **form) for _ in range(2)]
    assert [click.status_code for click in clicks] == [302, 302]
    assert [remark.kind for remark in case_of(world, house).remarks] == ["report", "answer"]


def test_who_answers_a_case_that_has_moved_on_is_asked_to_read_first(world: World, house: House) -> None:
    first, second = desk_of(world, "agent"), desk_of(world, "lead")
    form = fields_of(second, house)
    take(first, house, "answer", text="A parcel is on its way.")
    late = second.send(path_of(house, "answer"), **form | {"text": "Please send a photo."})
    assert late.status_code == 409
    assert "Read it first" in late.text
    assert "Please send a photo." in late.text
    assert len(case_of(world, house).remarks) == 2


def test_an_answer_without_words_is_not_sent(world: World, house: House) -> None:
    assert take(desk_of(world, "agent"), house, "answer", text="   ").status_code == 422
    assert case_of(world, house).complaint.state == "new"


def test_points_are_given_within_the_limit(world: World, house: House) -> None:
    assert take(desk_of(world, "agent"), house, "grant", points="500").status_code == 302
    assert points_given(world, house) == [500]
    assert house.shop.is_clean()


def test_one_point_above_the_limit_is_refused_and_nothing_is_given(world: World, house: House) -> None:
    answer = take(desk_of(world, "agent"), house, "grant", points="501")
    assert answer.status_code == 403
    assert "You may give 500 points here now" in answer.text
    assert points_given(world, house) == []


def test_the_page_says_what_may_still_be_given(world: World, house: House) -> None:
    desk = desk_of(world, "agent")
    take(desk, house, "grant", points="500")
    take(desk, house, "grant", points="400")
    assert "You may give up to 100 points here now" in desk.text(path_of(house))


def test_two_clicks_give_once(world: World, house: House) -> None:
    desk = desk_of(world, "agent")
    form = fields_of(desk, house) | {"points": "300"}
    for _ in range(2):
        assert desk.send(path_of(house, "grant"), **form).status_code == 302
    assert points_given(world, house) == [300]


def test_what_is_no_number_of_points_is_refused_with_a_sentence(world: World, house: House) -> None:
    desk = desk_of(world, "owner")
    answers = [take(desk, house, "grant", points=odd) for odd in ("", "-5", "0", "1e3", "12.5", "ten", "9" * 30, "٥")]
    assert {answer.status_code for answer in answers} == {422}
    assert all("whole number of points" in answer.text for answer in answers)
    assert points_given(world, house) == []


def test_nobody_gives_points_to_their_own_address(world: World, house: House) -> None:
    client = world.app.test_client()
    sign_in(client, hire(world, "owner", email=ADA.email))
    assert take(Desk(client), house, "grant", points="5").status_code == 403
    assert points_given(world, house) == []


def test_a_case_is_resolved_followed_up_and_closed_with_its_outcome(world: World, house: House) -> None:
    desk = desk_of(world, "agent")
    take(desk, house, "answer", text="A new bag is on its way.")
    take(desk, house, "resolve")
    assert "Follow up" in desk.text(path_of(house))
    take(desk, house, "close", outcome="satisfied")
    case = case_of(world, house)
    assert (case.complaint.state, case.complaint.outcome) == ("closed", "satisfied")


def test_three_days_after_it_was_resolved_a_follow_up_stands_in_the_queue(world: World, house: House) -> None:
    desk = desk_of(world, "agent")
    take(desk, house, "resolve")
    assert "Follow up due" not in desk.text(house.path("complaints/"))
    world.clock.passes(days=3, minutes=1)
    world.works()
    sign_in(desk.client, "agent.all@staff.example")
    assert "Follow up due" in desk.text(house.path("complaints/"))


def test_who_is_not_satisfied_gets_their_case_back_on_the_table(world: World, house: House) -> None:
    desk = desk_of(world, "agent")
    take(desk, house, "resolve")
    take(desk, house, "close", outcome="unsatisfied")
    assert case_of(world, house).complaint.state == "open"


def test_a_case_that_is_not_resolved_cannot_be_closed(world: World, house: House) -> None:
    assert take(desk_of(world, "agent"), house, "close", outcome="satisfied").status_code == 409


def test_an_analyst_reads_the_case_and_finds_no_form(world: World, house: House) -> None:
    page = desk_of(world, "analyst").text(path_of(house))
    assert "One bag was torn" in page
    assert "<textarea" not in page
