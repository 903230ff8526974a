"""Which part a record belongs to, and how large a piece is."""

import itertools
import json
from typing import Any

from regulars_webhooks.imports.pacing import Pace, is_milestone
from regulars_webhooks.imports.records import Record
from regulars_webhooks.imports.splitting import part_of


def part(document: dict[str, Any], parts: int = 8) -> int:
    return part_of(Record(1, json=json.dumps(document).encode()), parts)


def test_everything_of_one_customer_lies_in_one_part() -> None:
    of_ada = [{"id": f"A-{number}", "customer": {"id": 7, "email": f"{number}@example.com"}} for number in range(50)]
    assert len({part(one) for one in of_ada}) == 1
    assert part({"customer": {"id": "7"}}) == part(of_ada[0])


def test_a_customer_known_by_address_lies_in_one_part_however_it_is_written() -> None:
    assert part({"id": 1, "customer": {"email": "Ada@Example.com"}}) == part(
        {"id": 2, "customer": {"email": "ada@example.com"}}
    )


def test_the_parts_are_about_as_large_as_each_other() -> None:
    named = [part({"id": number, "customer": {"id": number}}, 4) for number in range(4000)]
    alone = [part({"id": number, "customer": None}, 4) for number in range(4000)]
    assert all(800 < which.count(one) < 1200 for which in (named, alone) for one in range(4))


def test_what_cannot_be_read_lies_in_the_first_part() -> None:
    assert part_of(Record(1, trouble="cut off"), 8) == 0
    assert part_of(Record(1, json=b"{"), 8) == part_of(Record(2, json=b"\xff"), 8)


def test_rows_lie_where_the_same_document_would() -> None:
    row = {"order_id": "A-1", "customer_id": "7", "customer_email": "ada@example.com"}
    assert part_of(Record(1, rows=(row,)), 8) == part({"id": "A-1", "customer": {"id": "7"}})


def test_pieces_grow_until_they_take_their_time() -> None:
    pace = Pace(shared_lock=True)
    for _ in range(10):
        pace.took(pace.size, pace.size * 0.000_05, others=False)
    assert pace.size == 2_000
    for _ in range(10):
        pace.took(pace.size, pace.size * 0.002, others=False)
    assert pace.size == 100
    for _ in range(10):
        pace.took(pace.size, 5.0, others=False)
    assert pace.size == 50


def test_others_who_write_get_room_for_a_while() -> None:
    pace = Pace(shared_lock=True)
    alone = pace.pause_seconds
    pace.took(200, 0.2, others=True)
    assert pace.pause_seconds > alone
    for _ in range(30):
        pace.took(200, 0.2, others=False)
    assert pace.pause_seconds == alone


def test_where_writers_do_not_keep_each_other_out_there_is_no_pause() -> None:
    assert Pace(shared_lock=False).pause_seconds == 0


def test_the_database_is_asked_to_count_its_rows_when_they_have_become_many() -> None:
    applied = list(range(0, 70_000, 500))
    asked = [after for before, after in itertools.pairwise(applied) if is_milestone(before, after)]
    assert asked == [1_000, 4_000, 16_000, 64_000]
