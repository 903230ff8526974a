"""What letters say, and what a template cannot do."""

import time
from typing import Any

import pytest
from liquid.exceptions import LiquidError

from regulars.messaging import TEMPLATES, letters

SAID: dict[str, Any] = {
    "order": "#1001", "points": 1234, "available_at": "2026-12-06T23:30:00Z", "balance": 5, "number": 7,
    "answer": "We are sorry.\nA new cup is on its way.", "agent": "Eva Malá",
}  # fmt: skip


def letter(template: str, language: str = "en", **values: Any) -> letters.Words:
    words = TEMPLATES[template] | {name: SAID[name] for name in TEMPLATES[template]} | values
    spoken = letters.speakable(words, language, "Europe/Prague")
    return letters.render(template, language, {"shop": "Kavárna Morava", "name": "Jana"} | spoken)


@pytest.mark.parametrize("language", letters.LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_letter_is_written_in_every_language(template: str, language: str) -> None:
    words = letter(template, language)
    assert words.subject
    assert "Kavárna Morava" in words.text
    assert f'<html lang="{language}">' in words.html
    assert "{{" not in words.subject + words.text + words.html


@pytest.mark.parametrize("language", letters.LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_letter_can_do_without_what_is_not_known(template: str, language: str) -> None:
    assert letters.render(template, language, {"shop": "Kavárna Morava", "name": None} | TEMPLATES[template]).text


def test_a_thank_you_says_which_points_wait_and_from_when_in_the_shops_own_days() -> None:
    text = letter("thank_you").text
    assert "1,234 points are already waiting for you; you can use them from December 7, 2026." in text


def test_a_czech_thank_you_counts_in_czech() -> None:
    assert "Už na Vás čeká 1 bod; použít ho můžete od 7. prosince 2026." in letter("thank_you", "cs", points=1).text
    assert "Už na Vás čekají 2 body; použít je" in letter("thank_you", "cs", points=2).text
    assert "Už na Vás čeká 1\u00a0234 bodů; použít je" in letter("thank_you", "cs").text


def test_a_thank_you_without_points_does_not_speak_of_points() -> None:
    assert "point" not in letter("thank_you", points=0).text


def test_points_that_can_be_used_at_once_name_no_day() -> None:
    assert "1,234 points are already waiting for you.\n" in letter("thank_you", available_at="").text


def test_an_answer_keeps_the_agents_words_name_and_case_number() -> None:
    words = letter("complaint_answer")
    assert words.subject == "An answer to your case 7"
    assert "We are sorry.\nA new cup is on its way.\n\nEva Malá\nKavárna Morava" in words.text
    assert "We are sorry.<br />\nA new cup" in words.html


def test_words_of_people_stay_words_in_html() -> None:
    html = letter("complaint_answer", answer="<script>alert(1)</script>", name="<b>").html
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "Hello &lt;b&gt;," in html


def test_words_of_people_are_not_taken_for_a_template() -> None:
    assert "{{ shop }}" in letter("complaint_answer", answer="{{ shop }}").text


def test_a_name_cannot_add_a_line_to_the_subject() -> None:
    assert "\n" not in letter("thank_you", shop="Kavárna\r\nBcc: all@example.com").subject


@pytest.mark.parametrize(
    "source",
    [
        "{{ config }}",
        "{{ ''.__class__.__mro__ }}",
        '{{ x|attr("format") }}',
        "{{ name.__class__ }}",
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..9000) %}xxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}",
        "{% capture x %}{% for i in (1..9000) %}xxxxxxxxxxxxxxxx{% endfor %}{% endcapture %}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_a_hostile_template_is_stopped_within_a_second(source: str) -> None:
    started = time.monotonic()
    with pytest.raises(LiquidError):
        letters.environment("en", autoescape=True).from_string(source).render(name="Jana")
    assert time.monotonic() - started < 1
