"""Files of history: NDJSON or CSV, packed or not; what is wrong is told by line."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from regulars.errors import InvalidInput, Unusable
from regulars.facts import CustomerSeen, Fact, OrderSeen, ProductSeen, ReviewSeen
from regulars_webhooks.imports.gateway import check_header, form_of, opened, records
from regulars_webhooks.imports.records import fact_of

ORDER = {
    "id": "A-1",
    "placed_at": "2026-01-02T10:00:00Z",
    "currency": "USD",
    "status": "paid",
    "lines": [{"id": "1", "quantity": 1, "net": "10.00"}],
}
ORDERS_CSV = """\
order_id,placed_at,currency,status,customer_id,line_id,quantity,net
A-1,2026-01-02T10:00:00Z,USD,paid,7,1,2,10.00
A-1,2026-01-02T10:00:00Z,USD,paid,7,2,1,5.00
A-2,2026-01-03T10:00:00Z,USD,pending,,1,1,7.50
"""


def read(path: Path, kind: str) -> tuple[list[Fact], list[tuple[int, str]]]:
    """The facts of a file, and its troubles by line."""
    facts, troubles = [], []
    with opened(path) as file:
        for record in records(file, form_of(path), kind):
            try:
                facts.append(fact_of(record, kind, "USD"))
            except Unusable as error:
                troubles.append((record.line, error.detail))
    return facts, troubles


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    data = text.encode()
    packed = {".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}.get(path.suffix, bytes)(data)
    path.write_bytes(packed)
    return path


@pytest.mark.parametrize("name", ["orders.ndjson", "orders.jsonl.gz", "orders.ndjson.zst"])
def test_one_document_a_line_packed_or_not(tmp_path: Path, name: str) -> None:
    facts, troubles = read(
        written(tmp_path, name, json.dumps(ORDER) + "\n\n" + json.dumps(ORDER | {"id": "A-2"})), "order"
    )
    assert [fact.id for fact in facts if isinstance(fact, OrderSeen)] == ["A-1", "A-2"]
    assert troubles == []


def test_the_line_of_each_trouble_is_told(tmp_path: Path) -> None:
    text = "\n".join([json.dumps(ORDER), "{", json.dumps(ORDER | {"status": "lost"})])
    facts, troubles = read(written(tmp_path, "orders.ndjson", text), "order")
    assert (len(facts), [line for line, _ in troubles]) == (1, [2, 3])


def test_an_endless_line_is_one_trouble(tmp_path: Path) -> None:
    text = "x" * (6 * 1024 * 1024) + "\n" + json.dumps(ORDER)
    facts, troubles = read(written(tmp_path, "orders.ndjson", text), "order")
    assert (len(facts), troubles) == (1, [(1, "The line is longer than 5 MiB.")])


def test_rows_of_one_order_make_one_order(tmp_path: Path) -> None:
    facts, troubles = read(written(tmp_path, "orders.csv", ORDERS_CSV), "order")
    nets = [[line.net_minor for line in fact.lines] for fact in facts if isinstance(fact, OrderSeen)]
    assert (nets, troubles) == ([[1000, 500], [750]], [])


def test_rows_of_one_order_that_stand_apart_are_trouble(tmp_path: Path) -> None:
    late = "A-1,2026-01-02T10:00:00Z,USD,paid,7,3,1,5.00\n"
    facts, troubles = read(written(tmp_path, "orders.csv", ORDERS_CSV + late), "order")
    assert (len(facts), troubles) == (2, [(5, "Rows of order_id A-1 stand apart; put all rows of one together.")])


def test_a_row_with_too_few_cells_is_trouble(tmp_path: Path) -> None:
    _, troubles = read(written(tmp_path, "orders.csv", ORDERS_CSV + "A-3,2026\n"), "order")
    assert troubles == [(5, "The row has 2 cells, but there are 8 columns.")]


def test_a_row_in_another_encoding_is_trouble(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes("id,name,updated_at\n7,Zoë,2026-01-02T10:00:00Z\n".encode("latin-1"))
    assert read(path, "customer")[1] == [(2, "The row is not UTF-8.")]


def test_a_column_nobody_knows_is_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "orders.csv", "order_id,quanttiy\n1,1\n")
    with pytest.raises(InvalidInput, match="quanttiy"):
        check_header(path, "csv", "order")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("customer", "id,email,marketing_consent,updated_at\n7,a@example.com,true,2026-01-02T10:00:00Z\n", CustomerSeen),
        ("product", "product_id,title,tags,variant_id,price,updated_at\nm,Mug,clay;blue,1,6.50,2026-01-02T10:00:00Z\n", ProductSeen),
        ("review", "id,product_id,customer_id,rating,status,created_at\nr,m,7,5,approved,2026-01-02T10:00:00Z\n", ReviewSeen),
    ],
)  # fmt: skip
def test_the_other_kinds_come_in_rows_too(tmp_path: Path, kind: str, text: str, expected: type[Any]) -> None:
    facts, troubles = read(written(tmp_path, "rows.csv", text), kind)
    assert ([type(fact) for fact in facts], troubles) == ([expected], [])


def test_variants_of_one_product_stand_in_rows_below_each_other(tmp_path: Path) -> None:
    text = "product_id,title,variant_id,stock,updated_at\nm,Mug,1,3,2026-01-02T10:00:00Z\nm,Mug,2,-1,2026-01-02T10:00:00Z\n"
    facts, _ = read(written(tmp_path, "products.csv", text), "product")
    assert [[variant.stock for variant in fact.variants] for fact in facts if isinstance(fact, ProductSeen)] == [
        [3, -1]
    ]


def test_a_file_packed_in_several_frames_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "orders.ndjson.zst"
    lines = [json.dumps(ORDER | {"id": f"A-{number}"}).encode() + b"\n" for number in range(3)]
    path.write_bytes(b"".join(zstandard.ZstdCompressor().compress(line) for line in lines))
    assert len(read(path, "order")[0]) == 3


@pytest.mark.parametrize("name", ["orders.ndjson.gz", "orders.ndjson.zst"])
def test_a_file_that_was_cut_off_is_told(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, json.dumps(ORDER) * 100)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InvalidInput, match="cut off or damaged"):
        read(path, "order")


def test_a_file_we_cannot_tell_is_refused() -> None:
    with pytest.raises(InvalidInput, match="name the file"):
        form_of(Path("orders.xlsx"))
