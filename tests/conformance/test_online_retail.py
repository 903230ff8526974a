"""The first 1,000 invoices of a real shop: imported, refunded where they say so, and the ledger verifies."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.online_retail import Converted, convert
from tests.conformance.shared import ROOT
from tests.world import PROGRAM, World

DATA = ROOT / "data" / "online_retail_uci.csv.gz"

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"NO ONLINE RETAIL at {DATA}: set REGULARS_SHARED")


@pytest.fixture(scope="module")
def retail() -> Converted:
    return convert(DATA, 1000)


def entitled(order: dict[str, Any]) -> int:
    """One point per whole pound that stands, worked out another way than the app's."""
    worth = sum(_minor(Decimal(line["unit_price"]) * line["quantity"]) for line in order["lines"])
    back = sum(_minor(Decimal(line["net"])) for refund in order["refunds"] for line in refund["lines"])
    return max(0, worth - back) // 100 if order["customer"] else 0


def _minor(pounds: Decimal) -> int:
    return int((pounds * 100).to_integral_value("ROUND_HALF_UP"))


def test_the_first_invoices_hold_orders_guests_and_refunds(retail: Converted) -> None:
    assert len(retail.orders) > 750
    assert any(order["customer"] is None for order in retail.orders)
    assert retail.matched_pieces > 100
    assert any(order["refunds"] for order in retail.orders)


def test_they_are_imported_and_the_ledger_verifies(retail: Converted, world: World, tmp_path: Path) -> None:
    said = {"platform": "standard", "domain": "retail.example.com", "currency": "GBP", "timezone": "Europe/London"}
    world.shop("retail", document=PROGRAM.partition("[[tiers]]")[0], **said)
    file = tmp_path / "orders.ndjson"
    file.write_text("\n".join(json.dumps(order) for order in retail.orders), encoding="utf-8")
    runner = world.app.test_cli_runner()
    imported = runner.invoke(args=["regulars", "import", "retail", str(file), "--kind", "orders", "--json"])
    assert (imported.exit_code, json.loads(imported.stdout)["applied"]) == (0, len(retail.orders))
    verified = runner.invoke(args=["regulars", "verify"])
    assert verified.exit_code == 0, verified.output
    exported = runner.invoke(args=["regulars", "ledger", "export", "retail"]).stdout.splitlines()
    earned: dict[str, int] = {}
    for entry in map(json.loads, exported):
        sign = {"earn": 1, "clawback": -1}.get(entry["kind"], 0)
        if entry["cause_type"] == "order":
            earned[entry["cause_id"]] = earned.get(entry["cause_id"], 0) + sign * entry["amount"]
    assert earned == {order["id"]: points for order in retail.orders if (points := entitled(order))}
