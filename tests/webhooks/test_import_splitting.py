"""Which bucket a fact belongs to, what lies on disk meanwhile, and how large a piece is."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from regulars_webhooks.imports.pacing import Pace, is_milestone
from regulars_webhooks.imports.records import Record, fact_of, packed, unpacked
from regulars_webhooks.imports.splitting import bucket_of, buckets_for
from regulars_webhooks.imports.spool import Spool, together


def order(number: int = 1, **customer: Any) -> dict[str, Any]:
    return {
        "id": f"A-{number}", "placed_at": "2026-01-02T10:00:00.123456+01:00", "currency": "EUR", "status": "paid",
        "customer": customer or None, "lines": [{"id": "1", "quantity": 2, "net": "10.00", "title": "Mug"}],
        "refunds": [{"id": "r", "occurred_at": "2026-01-03T10:00:00Z", "lines": [{"line_id": "1", "quantity": 1, "net": 5}]}],
    }  # fmt: skip


DOCUMENTS = {
    "order": order(id=7, email="ada@example.com"),
    "customer": {"id": "7", "updated_at": "2026-01-02T10:00:00Z", "marketing_consent": True},
    "product": {"id": "mug", "title": "Mug", "updated_at": "2026-01-02T10:00:00Z", "variants": [{"id": 1, "price": "9"}]},
    "review": {"id": "r", "rating": 5, "status": "approved", "updated_at": "2026-01-02T10:00:00Z", "customer": {"id": 7}},
}  # fmt: skip


def fact(document: dict[str, Any], kind: str = "order") -> Any:
    return fact_of(Record(1, json=json.dumps(document).encode()), kind, "EUR")


def bucket(document: dict[str, Any], buckets: int = 8) -> int:
    return bucket_of(fact(document), buckets)


def test_everything_of_one_customer_lies_in_one_bucket() -> None:
    of_ada = [order(number, id=7, email=f"{number}@example.com") for number in range(50)]
    assert len({bucket(one) for one in of_ada}) == 1
    assert bucket(order(id="7")) == bucket(of_ada[0])
    assert bucket_of(fact(DOCUMENTS["review"], "review"), 8) == bucket(of_ada[0])


def test_a_customer_known_by_address_lies_in_one_bucket_however_it_is_written() -> None:
    assert bucket(order(1, email="Ada@Example.com")) == bucket(order(2, email="ada@example.com"))


def test_the_buckets_are_about_as_large_as_each_other() -> None:
    named = [bucket(order(number, id=number), 4) for number in range(4000)]
    alone = [bucket(order(number), 4) for number in range(4000)]
    assert all(800 < which.count(one) < 1200 for which in (named, alone) for one in range(4))


def test_a_larger_file_has_more_buckets_up_to_a_limit() -> None:
    sizes = [buckets_for(size, packed=False) for size in (0, 10**7, 10**8, 10**12)]
    assert sizes == sorted(set(sizes))
    assert buckets_for(10**7, packed=True) > buckets_for(10**7, packed=False)


@pytest.mark.parametrize("kind", list(DOCUMENTS))
def test_a_fact_comes_back_from_the_disk_as_it_was(kind: str) -> None:
    told = fact(DOCUMENTS[kind], kind)
    assert unpacked(packed(told), kind) == told


def test_what_several_processes_kept_comes_back_bucket_by_bucket_in_the_order_of_the_file(tmp_path: Path) -> None:
    kept: dict[int, list[bytes]] = {0: [], 1: [], 2: []}
    with (tmp_path / "a").open("w+b", 0) as first, (tmp_path / "b").open("w+b", 0) as second:
        spools = [Spool(first, [0] * 3), Spool(second, [0] * 3)]
        for line in range(1, 2_000):
            blob = str(line).encode() * (line % 50)
            kept[line % 2].append(blob)
            spools[line // 100 % 2].add(line % 2, line, blob)
        for spool in spools:
            spool.finish()
        assert {number: list(together(spools, number)) for number in kept} == kept


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
