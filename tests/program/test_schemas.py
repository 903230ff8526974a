"""A program document is read strictly; every mistake is answered with its place and its remedy."""

from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest

from regulars.errors import InvalidInput
from regulars.program.rules import Expiry, Program
from regulars.program.schemas import parse_toml, to_program
from tests.world import PROGRAM

WHOLE: dict[str, Any] = {
    "unit": "beans",
    "earn": {
        "order": {"points_per_unit": "1.5", "exclude": ["tax"], "hold_days": 3, "refund_basis": "money"},
        "review": {"points": 50},
        "referral": {"advocate": 300, "friend": {"reward": "five-off"}, "min_order": "20.00"},
    },
    "expiry": {"mode": "lots", "after": "30 days"},
    "clawback": {"uncovered": "write_off"},
    "rewards": [
        {"id": "five-off", "name": "5 off", "kind": "amount_off", "value": "5.00", "cost": 500},
        {"id": "free", "kind": "free_shipping", "cost": 100},
    ],
    "tiers": [{"name": "Silver", "at": 500}, {"name": "Gold", "at": 2000, "multiplier": 1.25, "perks": ["early"]}],
}


def changed(place: str, value: Any) -> dict[str, Any]:
    document = deepcopy(WHOLE)
    *steps, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    at: Any = document
    for step in steps:
        at = at[step]
    at[last] = value
    return document


def test_a_whole_document_is_read() -> None:
    program = to_program(WHOLE, 3)
    assert (program.version, program.unit, program.write_off) == (3, "beans", True)
    assert program.order is not None
    assert program.order.points_per_unit == Fraction(3, 2)
    assert program.expiry == Expiry("lots", 30)
    assert [reward.name for reward in program.rewards] == ["5 off", "free"]
    assert program.multiplier_of("Gold") == Fraction(5, 4)
    assert program.multiplier_of(None) == program.multiplier_of("Silver") == 1


def test_an_empty_document_is_a_program_that_gives_nothing() -> None:
    assert to_program({}, 1) == Program(1, "points", None, None, Expiry("never", None), False, (), ())


def test_what_is_left_out_has_careful_defaults() -> None:
    rule = to_program({"earn": {"order": {"points_per_unit": 1}}}, 1).order
    assert rule is not None
    assert (rule.hold_days, rule.refund_basis) == (14, "lines")
    assert rule.exclude == frozenset({"shipping", "tax", "tip", "gift_card"})


def test_the_tests_own_program_is_one() -> None:
    assert to_program(parse_toml(PROGRAM), 1).unit == "points"


@pytest.mark.parametrize(
    ("place", "value", "remedy"),
    [
        ("unit", "Bean s", "use small letters, digits and hyphens"),
        ("earn.order.points_per_unit", "much", 'write a number, like 1 or "1.25"'),
        ("earn.order.points_per_unit", True, 'write a number, like 1 or "1.25"'),
        ("earn.order.points_per_unit", 0, "above 0 and at most 1000000"),
        ("earn.order.points_per_unit", "-1", "above 0 and at most 1000000"),
        ("earn.order.points_per_unit", "nan", "above 0 and at most 1000000"),
        ("earn.order.points_per_unit", "1e7", "above 0 and at most 1000000"),
        ("earn.order.exclude", ["fees"], "it may be shipping, tax, tip or gift_card"),
        ("earn.order.hold_days", -1, "from 0 to 3650 days"),
        ("earn.order.hold_days", 3651, "from 0 to 3650 days"),
        ("earn.order.refund_basis", "all", "it must be lines or money"),
        ("earn.order.points", 5, "there is no such key"),
        ("earn.review.points", 0, "a whole number of points, at least 1"),
        ("earn.review.points", 10**13, "a whole number of points, at least 1"),
        ("earn.referral.friend.reward", "ten-off", "there is no reward 'ten-off'"),
        ("expiry.mode", "sometimes", "it must be lots or never"),
        ("expiry.after", "1 year", 'write a number of days, like "365 days"'),
        ("expiry.after", "0 days", 'write a number of days, like "365 days"'),
        ("clawback.uncovered", "forget", "it must be debt or write_off"),
        ("rewards.1.id", "5 Off", "use small letters, digits and hyphens"),
        ("rewards.0.kind", "magic", "it must be one of amount_off, percent_off"),
        ("rewards.0.cost", 0, "a whole number of points, at least 1"),
        ("tiers.1.multiplier", "x", 'write a number, like 1 or "1.25"'),
        ("tiers.0.at", -1, "a number of points from 0"),
        ("tiers.1.name", "", "write 1 to 60 letters"),
        ("bonus", {}, "there is no such key; docs/program.md lists them all"),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_its_place_and_its_remedy(place: str, value: Any, remedy: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        to_program(changed(place, value), 1)
    errors = raised.value.extra["errors"]
    told = {where: what for where, what in errors.items() if where.startswith(place)}
    assert remedy in str(list(told.values())), errors
    assert place in str(raised.value)


@pytest.mark.parametrize(
    ("document", "place", "remedy"),
    [
        ({"rewards": [{"id": "a", "kind": "amount_off", "cost": 1}] * 2}, "rewards", "two rewards have the same id"),
        ({"tiers": [{"name": "A", "at": 1}, {"name": "A", "at": 2}]}, "tiers", "two tiers have the same name"),
        ({"tiers": [{"name": "A", "at": 2}, {"name": "B", "at": 1}]}, "tiers", "tiers must climb"),
        ({"earn": {"order": {}}}, "earn.order.points_per_unit", ""),
        ({"earn": {"review": {"points": "5"}}}, "earn.review.points", ""),
        ({"rewards": [{"kind": "amount_off", "cost": 1}]}, "rewards.0.id", ""),
    ],
)
def test_parts_must_hang_together(document: dict[str, Any], place: str, remedy: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        to_program(document, 1)
    assert remedy in raised.value.extra["errors"][place]


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as raised:
        to_program({"unit": "", "earn": {"order": {"points_per_unit": 0}}, "expiry": {"mode": "x"}}, 1)
    assert set(raised.value.extra["errors"]) == {"unit", "earn.order.points_per_unit", "expiry.mode"}


def test_what_is_no_toml_says_where() -> None:
    with pytest.raises(InvalidInput, match="at line 2, column"):
        parse_toml("unit = 'beans'\nearn = ]")
