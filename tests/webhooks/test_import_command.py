"""`regulars import`: check everything, apply in pieces, go on where it stopped."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from regulars import pipeline
from regulars.customers import Customer
from regulars.messaging.models import Message
from regulars_webhooks.imports import applying
from regulars_webhooks.imports.pacing import Pace
from tests.world import World, WorldShop


def order(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"A-{number}",
        "placed_at": "2026-01-02T10:00:00Z",
        "currency": "EUR",
        "status": "paid",
        "customer": {"id": str(number % 7), "email": f"{number % 7}@example.com"},
        "lines": [{"id": "1", "product_id": "mug", "quantity": 1, "net": "10.00"}],
    } | changes


class Desk:
    """A person at the command line, with a file."""

    def __init__(self, world: World, folder: Path) -> None:
        self.runner: FlaskCliRunner = world.app.test_cli_runner()
        self.file = folder / "orders.ndjson"

    def writes(self, *documents: Any) -> None:
        self.file.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in documents))

    def imports(self, *words: str, kind: str = "orders") -> tuple[int, dict[str, Any]]:
        result = self.runner.invoke(
            args=["regulars", "import", "alpha", str(self.file), "--kind", kind, "--json", *words]
        )
        return result.exit_code, json.loads(result.stdout) if result.stdout else {"told": result.output}


@pytest.fixture
def desk(world: World, shop: WorldShop, tmp_path: Path) -> Desk:
    assert shop.key == "alpha"
    return Desk(world, tmp_path)


def points(shop: WorldShop) -> int:
    result = shop.world.app.test_cli_runner().invoke(args=["regulars", "ledger", "export", shop.key])
    entries = [json.loads(line) for line in result.stdout.splitlines()]
    return sum(entry["amount"] for entry in entries if entry["kind"] == "earn")


def test_history_earns_and_writes_no_mails(desk: Desk, shop: WorldShop, world: World) -> None:
    desk.writes(*map(order, range(20)))
    code, told = desk.imports()
    assert (code, told["records"], told["applied"], told["errors"]) == (0, 20, 20, 0)
    world.works()
    assert points(shop) == 200
    assert world.reads(lambda session: session.scalar(select(func.count()).where(Message.shop_id == shop.id))) == 0
    assert shop.is_clean()


def test_history_that_comes_at_once_retains_since_the_second_order(desk: Desk, shop: WorldShop, world: World) -> None:
    days = ["2026-01-02", "2026-01-20", "2026-02-25", "2026-03-04"]
    desk.writes(*(order(7 * number, placed_at=f"{day}T10:00:00Z") for number, day in enumerate(days)))
    assert desk.imports()[0] == 0
    mine = select(Customer.stage, Customer.stage_since).where(Customer.shop_id == shop.id)
    assert world.reads(lambda session: session.execute(mine).one()) == ("retain", datetime(2026, 1, 20, 10, tzinfo=UTC))


def test_one_bad_line_applies_nothing_and_is_written_down(desk: Desk, shop: WorldShop) -> None:
    desk.writes(order(1), "{", order(2))
    code, told = desk.imports()
    assert (code, told["applied"], told["errors"]) == (1, 0, 1)
    assert Path(told["errors_file"]).read_text().startswith("2\tThe body is unparseable")
    assert points(shop) == 0


def test_bad_lines_may_be_left_out(desk: Desk, shop: WorldShop) -> None:
    desk.writes(order(1), "{", order(2))
    code, told = desk.imports("--skip-bad")
    assert (code, told["applied"]) == (0, 2)
    assert points(shop) == 20


def test_a_dry_run_changes_nothing(desk: Desk, shop: WorldShop) -> None:
    desk.writes(order(1))
    assert desk.imports("--dry-run")[1]["applied"] == 0
    assert points(shop) == 0


def test_the_same_file_again_does_nothing(desk: Desk, shop: WorldShop) -> None:
    desk.writes(order(1))
    desk.imports()
    assert desk.imports()[1]["resumed_at"] == 1
    assert points(shop) == 10


def test_an_import_that_was_stopped_goes_on(desk: Desk, shop: WorldShop, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.writes(*map(order, range(25)))
    monkeypatch.setattr(applying, "Pace", partial(Pace, size=10))
    applied, calls = pipeline.apply, []

    def stops_at_the_second(*arguments: Any, **options: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        applied(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "apply", stops_at_the_second)
        assert desk.imports()[0] == 1
    assert points(shop) == 100
    assert desk.imports()[1] == {
        "records": 25, "errors": 0, "applied": 25, "resumed_at": 10, "ended_early": 0, "dry_run": False,
        "errors_file": None,
    }  # fmt: skip
    assert points(shop) == 250


def test_orders_in_rows(desk: Desk, shop: WorldShop) -> None:
    desk.file = desk.file.with_suffix(".csv")
    desk.file.write_text(
        "order_id,placed_at,currency,status,customer_id,quantity,net\n"
        "A-1,2026-01-02T10:00:00Z,EUR,paid,7,1,10.00\nA-1,2026-01-02T10:00:00Z,EUR,paid,7,1,5.00\n"
    )
    assert desk.imports()[1]["applied"] == 1
    assert points(shop) == 15


def test_products_customers_and_reviews(desk: Desk, shop: WorldShop) -> None:
    at = "2026-01-03T10:00:00Z"
    review = {
        "id": "r",
        "product_id": "mug",
        "customer": {"id": "1"},
        "rating": 5,
        "status": "approved",
        "updated_at": at,
    }
    for kind, document in (
        ("products", {"id": "mug", "title": "Mug", "updated_at": at}),
        ("customers", {"id": "1", "email": "1@example.com", "updated_at": at}),
        ("orders", order(1)),
        ("reviews", review),
    ):
        desk.writes(document)
        assert desk.imports(kind=kind)[1]["applied"] == 1
    assert points(shop) == 60


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["alpha", "missing.ndjson", "--kind", "orders"], 2),
        (["nobody", "{file}", "--kind", "orders"], 1),
        (["alpha", "{file}", "--kind", "points of view"], 2),
    ],
)
def test_wrong_use_is_told(desk: Desk, words: list[str], code: int) -> None:
    desk.writes(order(1))
    result = desk.runner.invoke(args=["regulars", "import", *(word.format(file=desk.file) for word in words)])
    assert (result.exit_code, "Error" in result.output) == (code, True)
