"""A real shop's whole history, 541,909 lines: imported, credited, and every penny and point is where it belongs.

Its invoices come as our CSV. A credit note (`C` invoice) is what its owner would call a refund: of the pieces of an earlier order
where there is one, otherwise of money alone, on an order without lines. The sums are asked of our tables, in SQL.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.conformance.online_retail import Books, points_due, read, write_credits, write_orders
from tests.conformance.shared import ROOT
from tests.world import PROGRAM, World, WorldShop

DATA = ROOT / "data" / "online_retail_uci.csv.gz"
THE_DAY_AFTER = datetime(2011, 12, 10, tzinfo=UTC)
SHARE = 1_500  # invoices for PostgreSQL: it is the same code, and the whole takes its time

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not DATA.exists(), reason=f"NO ONLINE RETAIL at {DATA}: set REGULARS_SHARED"),
]


@pytest.fixture(scope="module")
def all_books() -> Books:
    return read(DATA)


@pytest.fixture
def books(database_kind: str, all_books: Books) -> Books:
    return all_books if database_kind == "sqlite" else read(DATA, SHARE)


@pytest.fixture
def retail(world: World) -> WorldShop:
    world.clock.set(THE_DAY_AFTER)
    said = {"platform": "standard", "domain": "retail.example.com", "currency": "GBP", "timezone": "Europe/London"}
    return world.shop("retail", document=PROGRAM.partition("[[tiers]]")[0], **said)


def imports(world: World, file: Path) -> int:
    result = world.app.test_cli_runner().invoke(
        args=["regulars", "import", "retail", str(file), "--kind", "orders", "--json", "--jobs", "1"]
    )
    assert result.exit_code == 0, result.output
    return int(json.loads(result.stdout)["applied"])


def asked(world: World, shop: WorldShop, question: str) -> Any:
    return world.reads(lambda session: session.execute(text(question), {"shop_id": shop.id}).one())


SALES = """SELECT count(DISTINCT o.id), count(DISTINCT o.customer_id), sum(l.net_minor), count(*)
    FROM regulars_orders o JOIN regulars_order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
    WHERE o.shop_id = :shop_id AND o.customer_id IS NOT NULL"""
CREDITS = "SELECT count(DISTINCT id), sum(money_minor) FROM regulars_refunds WHERE shop_id = :shop_id"
POSTED = (
    "SELECT cause_id, points FROM regulars_posted WHERE shop_id = :shop_id AND cause_type = 'order' AND points <> 0"
)
EARNED = "SELECT sum(earned) FROM regulars_accounts WHERE shop_id = :shop_id"


def test_every_line_of_the_file_is_accounted_for(all_books: Books) -> None:
    """The cleaning that the literature uses: customer known, not a credit note, pieces and price above zero."""
    sold = all_books.of_customers
    assert all_books.rows["sold to customers"] == sum(len(one.lines) for one in sold) == 397_884
    assert (len(sold), len({one.customer for one in sold})) == (18_532, 4_338)
    assert sum(line.pence for one in sold for line in one.lines) == pence_of("8911407.90")
    assert (len(all_books.credit_notes), all_books.credit_notes.total()) == (3_654, pence_of("611342.09"))
    assert all_books.rows.total() == 541_909


def pence_of(pounds: str) -> int:
    return int(pounds.replace(".", ""))


def test_the_shop_is_imported_to_the_penny_and_its_ledger_verifies(
    books: Books, world: World, retail: WorldShop, tmp_path: Path
) -> None:
    files = tmp_path / "orders.csv.gz", tmp_path / "credits.ndjson"
    assert write_orders(books, files[0]) == imports(world, files[0])
    assert write_credits(books, files[1]) == imports(world, files[1])
    sold = books.of_customers
    worth = sum(line.pence for one in sold for line in one.lines)
    people = len({one.customer for one in sold})
    assert tuple(asked(world, retail, SALES)) == (len(sold), people, worth, books.rows["sold to customers"])
    assert tuple(asked(world, retail, CREDITS)) == (len(books.credit_notes), books.credit_notes.total())
    due = {one.id: points for one in sold if (points := points_due(one))}
    posted = world.reads(lambda session: session.execute(text(POSTED), {"shop_id": retail.id}).all())
    assert {row[0]: row[1] for row in posted} == due
    assert asked(world, retail, EARNED)[0] == sum(due.values())
    verified = world.app.test_cli_runner().invoke(args=["regulars", "verify"])
    assert verified.exit_code == 0, verified.output
