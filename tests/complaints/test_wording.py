"""What a complaint is called before its customer."""

from regulars.complaints.cases import State
from regulars.complaints.wording import PROBLEMS, status, subject


def test_it_names_the_problem_and_the_order() -> None:
    assert subject("damaged", "#1001", "cs") == "Přišlo poškozené · #1001"


def test_it_stays_silent_about_an_order_it_has_not() -> None:
    assert subject("late", None, "en") == "Late or not delivered"


def test_every_problem_has_a_name_in_each_language() -> None:
    assert all(set(words) == {"en", "cs"} for words in PROBLEMS.values())


def test_a_language_we_do_not_speak_reads_english() -> None:
    assert subject("other", None, "de") == "Something else"


def test_waiting_for_the_customer_is_said_to_them_as_waiting() -> None:
    assert status(State.WAITING) == "waiting"
    assert status(State.RESOLVED) == "resolved"
