"""Online Retail (UCI) into our standard JSON: invoices are orders, `C` invoices are refunds of earlier ones.

The data knows no link between the two: a refunded piece is matched to the latest earlier invoice of the same customer with
the same stock code and pieces left. What cannot be matched is a refund of nothing, and is counted.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")

Row = dict[str, str]


@dataclass
class Converted:
    """The orders with their refunds inside, and what could not be used."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    unmatched_pieces: int = 0
    matched_pieces: int = 0
    skipped_invoices: int = 0


def convert(path: Path, invoices: int) -> Converted:
    """The first so many invoices of the file, in its own order."""
    made = Converted()
    shelves: dict[tuple[str, str], list[tuple[dict[str, Any], dict[str, Any]]]] = defaultdict(list)
    for number, rows in islice(_invoices(path), invoices):
        if number.startswith("C"):
            _refund(number, rows, made, shelves)
        else:
            _order(number, rows, made, shelves)
    return made


def _invoices(path: Path) -> Iterator[tuple[str, list[Row]]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        for number, rows in groupby(csv.DictReader(text), key=lambda row: row["InvoiceNo"]):
            yield number, list(rows)


def _order(number: str, rows: list[Row], made: Converted, shelves: Any) -> None:
    """Rows without pieces or price are stock notes, not sales."""
    sold = [row for row in rows if int(row["Quantity"]) > 0 and Decimal(row["UnitPrice"]) > 0]
    if not sold:
        made.skipped_invoices += 1
        return
    customer = rows[0]["CustomerID"]
    order: dict[str, Any] = {
        "id": number,
        "placed_at": _time(rows[0]),
        "updated_at": _time(rows[0]),
        "currency": "GBP",
        "status": "paid",
        "customer": {"id": customer} if customer else None,
        "lines": [_line(position, row) for position, row in enumerate(sold)],
        "refunds": [],
    }
    made.orders.append(order)
    for line in order["lines"] if customer else []:
        shelves[customer, line["sku"]].append((order, line))


def _line(position: int, row: Row) -> dict[str, Any]:
    return {
        "id": str(position),
        "product_id": row["StockCode"],
        "sku": row["StockCode"],
        "title": row["Description"],
        "quantity": int(row["Quantity"]),
        "current_quantity": int(row["Quantity"]),
        "unit_price": row["UnitPrice"],
    }


def _refund(number: str, rows: list[Row], made: Converted, shelves: Any) -> None:
    for row in rows:
        pieces = -int(row["Quantity"])
        for order, line in reversed(shelves.get((row["CustomerID"], row["StockCode"]), [])):
            taken = min(pieces, line["current_quantity"])
            if taken > 0:
                line["current_quantity"] -= taken
                pieces -= taken
                made.matched_pieces += taken
                _give_back(order, number, row, line, taken)
        made.unmatched_pieces += max(0, pieces)


def _give_back(order: dict[str, Any], number: str, row: Row, line: dict[str, Any], pieces: int) -> None:
    refund = next((one for one in order["refunds"] if one["id"] == number), None)
    if refund is None:
        refund = {"id": number, "occurred_at": _time(row), "lines": []}
        order["refunds"].append(refund)
    net = Decimal(line["unit_price"]) * pieces
    refund["lines"].append({"line_id": line["id"], "quantity": pieces, "net": str(net)})
    order["updated_at"] = max(order["updated_at"], _time(row))


def _time(row: Row) -> str:
    return datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=_LONDON).isoformat()
