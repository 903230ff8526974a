"""Every number can say why, in the language of who asks."""

from typing import Any

import pytest

from regulars.ledger.book import Kind
from regulars.ledger.explain import LANGUAGES, effect, sentence

SPEND: dict[str, Any] = {
    "code": "spend", "basis_minor": 11025, "currency": "EUR", "rate": "1", "multiplier": "1", "rounding": "floor",
    "entitled": 110, "before": 0,
}  # fmt: skip
LEFT_OUT = {"gift_card": 2000, "shipping": 490, "tax": 2100}


def about_order(kind: str, explanation: dict[str, Any], amount: int, lang: str = "en") -> str:
    return sentence(kind, "order", "5001", explanation, amount, lang, "#1001")


def test_an_order_tells_its_basis_and_what_does_not_count() -> None:
    told = about_order("earn", SPEND | {"excluded": LEFT_OUT}, 110)
    assert told == "110 points for 110.25 EUR of order #1001 (gift cards, shipping and tax do not count)"


def test_the_same_in_czech() -> None:
    told = about_order("earn", SPEND | {"excluded": LEFT_OUT}, 110, "cs-CZ")
    assert told == "110 bodů za 110,25 EUR, objednávka #1001 (dárkové karty, doprava a daň se nepočítají)"


def test_a_level_that_multiplies_is_told() -> None:
    told = about_order("earn", SPEND | {"multiplier": "5/4", "excluded": {"shipping": 490}}, 137)
    assert told == "137 points for 110.25 EUR of order #1001, times 1.25 for your level (shipping does not count)"


def test_an_order_that_grew_says_so() -> None:
    told = about_order("earn", SPEND | {"basis_minor": 12000, "before": 110}, 10)
    assert told == "10 points more: order #1001 changed and counts with 120.00 EUR now"


def test_currencies_without_cents_show_none() -> None:
    assert "for 5000 JPY" in about_order("earn", SPEND | {"basis_minor": 5000, "currency": "JPY"}, 50)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("spend", "−55: a part of order #1001 was returned"),
        ("refunded", "−55: order #1001 was refunded"),
        ("cancelled", "−55: order #1001 was cancelled"),
        ("not_paid", "−55: order #1001 is not paid"),
        ("test_order", "−55: order #1001 was only a test"),
        ("other_customer", "−55: order #1001 belongs to another customer"),
        ("no_rule", "−55: there are no points for order #1001"),
        ("review_not_shown", "−55: your review is no longer shown"),
        ("not_bought", "−55: what you reviewed was not bought here"),
    ],
)
def test_what_is_taken_back_says_why(code: str, told: str) -> None:
    assert about_order("clawback", SPEND | {"code": code}, -55) == told


def test_a_debt_says_why_and_that_it_is_owed() -> None:
    told = about_order("debt", SPEND | {"code": "refunded"}, -20)
    assert told == "−20: order #1001 was refunded; they were spent already and are owed"


def test_a_review_an_apology_and_an_end_are_told() -> None:
    assert (
        sentence("earn", "review", "p1", {"code": "review"}, 50, "en") == "50 points for your review of what you bought"
    )
    apology = sentence("adjust", "complaint", "c1", {"code": "complaint_grant"}, 100, "en")
    assert apology == "100 points with our apology for the trouble"
    assert about_order("expiry", {"code": "lot_ended"}, -7) == "−7: points from order #1001 expired"
    assert about_order("release", {"code": "hold_ended"}, 7) == "7 points from order #1001 can be spent now"


def test_points_taken_by_hand_are_not_called_a_gift() -> None:
    assert sentence("adjust", "staff", "s1", {}, -5, "en") == "−5: taken by the shop"
    assert sentence("adjust", "staff", "s1", {}, 5, "en") == "5 points given by the shop"


@pytest.mark.parametrize(("amount", "told"), [(1, "1 bod "), (3, "3 body "), (5, "5 bodů ")])
def test_czech_counts_points_as_czech_does(amount: int, told: str) -> None:
    assert about_order("earn", SPEND, amount, "cs").startswith(told)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_sentence_in_each_language(kind: Kind, lang: str) -> None:
    told = about_order(kind, {}, 5, lang)
    assert "5" in told
    assert "{" not in told
    if lang != "en":
        assert told != about_order(kind, {}, 5)


def test_a_language_we_do_not_speak_reads_english() -> None:
    assert about_order("earn", SPEND, 110, "de") == about_order("earn", SPEND, 110, "en")


@pytest.mark.parametrize(
    ("debit", "credit", "changes"),
    [
        ("issuance", "pending", 5),
        ("issuance", "debt", 5),
        ("pending", "available", 0),
        ("available", "debt", 0),
        ("available", "reserved", -5),
        ("debt", "issuance", -5),
        ("reserved", "redeemed", 0),
        ("expired", "issuance", 0),
    ],
)
def test_a_move_between_own_pockets_changes_nothing(debit: str, credit: str, changes: int) -> None:
    assert effect(debit, credit, 5) == changes
