"""Online Retail (UCI) as what a shop would hand us: its invoices as rows, and its credit notes (`C` invoices) as refunds.

The data knows no link between the two. A credited piece is matched to the latest earlier invoice of the same customer with the
same stock code and pieces left: that order's document comes again, with a refund of the amount that the credit note says. What
cannot be matched (bought before the data begin, postage, discounts given later) was paid back all the same: it is an order of
its own, without lines, refunded, whose refund is of money alone. So every penny of every credit note is in one refund.
"""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")
_COLUMNS = (
    "order_id", "placed_at", "updated_at", "currency", "status", "customer_id", "line_id", "product_id", "sku", "title",
    "quantity", "unit_price",
)  # fmt: skip


class Row(NamedTuple):
    """One line of the file."""

    stock: str
    title: str
    pieces: int
    at: str
    price: Decimal
    customer: str


@dataclass
class Line:
    """One line of an invoice, and what of it was given back."""

    id: str
    row: Row
    credited_pieces: int = 0
    credited_pence: int = 0

    @property
    def pence(self) -> int:
        """What it is worth, whole."""
        return pence(self.row.price * self.row.pieces)


@dataclass
class Invoice:
    """An order: its lines, and the refunds that belong to it."""

    id: str
    customer: str
    at: str
    lines: list[Line]
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Books:
    """Everything that the file says, sorted."""

    invoices: dict[str, Invoice] = field(default_factory=dict)
    credit_notes: Counter[str] = field(default_factory=Counter)  # pence by number
    unmatched: dict[str, Invoice] = field(default_factory=dict)  # orders that hold a refund of money alone
    rows: Counter[str] = field(default_factory=Counter)  # what became of the lines of the file

    @property
    def of_customers(self) -> list[Invoice]:
        """The invoices that name a customer."""
        return [one for one in self.invoices.values() if one.customer]


def pence(pounds: Decimal) -> int:
    """An amount in pence, rounded once."""
    return int((pounds * 100).to_integral_value(ROUND_HALF_UP))


def read(path: Path, invoices: int | None = None) -> Books:
    """The books of the first so many invoices of the file; of all, when none is said."""
    books = Books()
    shelves: dict[tuple[str, str], list[tuple[Invoice, Line]]] = {}
    for number, rows in islice(_grouped(path).items(), invoices):
        if number.startswith("C"):
            _credit(books, number, rows, shelves)
        else:
            _sell(books, number, rows, shelves)
    return books


def _grouped(path: Path) -> dict[str, list[Row]]:
    """The rows of each invoice; those of one of them stand apart."""
    found: dict[str, list[Row]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            said = Row(
                row["StockCode"], row["Description"], int(row["Quantity"]), row["InvoiceDate"],
                Decimal(row["UnitPrice"]), row["CustomerID"],
            )  # fmt: skip
            found.setdefault(row["InvoiceNo"], []).append(said)
    return found


def _sell(books: Books, number: str, rows: list[Row], shelves: dict[Any, Any]) -> None:
    """Rows without pieces or price are stock notes, not sales."""
    sold = [row for row in rows if row.pieces > 0 and row.price > 0]
    customer = rows[0].customer
    books.rows["sold to customers" if customer else "sold to guests"] += len(sold)
    books.rows["stock notes"] += len(rows) - len(sold)
    if not sold:
        return
    lines = [Line(str(position + 1), row) for position, row in enumerate(sold)]
    invoice = books.invoices[number] = Invoice(number, customer, sold[0].at, lines)
    for line in lines if customer else []:
        shelves.setdefault((customer, line.row.stock), []).append((invoice, line))


def _credit(books: Books, number: str, rows: list[Row], shelves: dict[Any, Any]) -> None:
    if not rows[0].customer:
        books.rows["credited to nobody"] += len(rows)
        return
    books.rows["credited to customers"] += len(rows)
    for row in rows:
        pieces, left = -row.pieces, pence(row.price * -row.pieces)
        books.credit_notes[number] += left
        for invoice, line in reversed(shelves.get((row.customer, row.stock), [])):
            taken = min(pieces, line.row.pieces - line.credited_pieces)
            if taken > 0:
                worth = left if taken == pieces else min(left, pence(row.price * taken))
                _give_back(invoice, number, row, line, taken, worth)
                pieces, left = pieces - taken, left - worth
        if left:
            alone = books.unmatched.setdefault(number, Invoice(number, row.customer, row.at, []))
            _refund(alone, number, row)["pence"] += left


def _give_back(invoice: Invoice, number: str, row: Row, line: Line, pieces: int, worth: int) -> None:
    line.credited_pieces += pieces
    line.credited_pence += worth
    refund = _refund(invoice, number, row)
    refund["pence"] += worth
    refund["lines"].append({"line_id": line.id, "quantity": pieces, "net": _pounds(worth)})


def _refund(invoice: Invoice, number: str, row: Row) -> dict[str, Any]:
    return invoice.refunds.setdefault(number, {"id": number, "at": row.at, "pence": 0, "lines": []})


def write_orders(books: Books, file: Path) -> int:
    """All invoices in our CSV, one row per line, packed; how many orders."""
    with gzip.open(file, "wt", encoding="utf-8", newline="", compresslevel=1) as text:
        rows = csv.writer(text)
        rows.writerow(_COLUMNS)
        for one in books.invoices.values():
            at = _time(one.at)
            for line in one.lines:
                row = line.row
                rows.writerow((one.id, at, at, "GBP", "paid", one.customer, line.id, row.stock, row.stock, row.title,
                               row.pieces, row.price))  # fmt: skip
    return len(books.invoices)


def write_credits(books: Books, file: Path) -> int:
    """The orders of which something was given back, once more and with their refunds, and the money given back alone."""
    again = [one for one in books.invoices.values() if one.refunds] + list(books.unmatched.values())
    with file.open("w", encoding="utf-8") as text:
        text.writelines(json.dumps(_document(one)) + "\n" for one in again)
    return len(again)


def _document(invoice: Invoice) -> dict[str, Any]:
    refunds = [
        {"id": one["id"], "occurred_at": _time(one["at"]), "lines": one["lines"], "money": _pounds(one["pence"])}
        for one in invoice.refunds.values()
    ]
    return {
        "id": invoice.id,
        "placed_at": _time(invoice.at),
        "updated_at": max(refund["occurred_at"] for refund in refunds),
        "currency": "GBP",
        "status": "paid" if invoice.lines else "refunded",
        "customer": {"id": invoice.customer},
        "lines": list(_lines(invoice)),
        "refunds": refunds,
    }


def _lines(invoice: Invoice) -> Iterator[dict[str, Any]]:
    for line in invoice.lines:
        yield {
            "id": line.id, "product_id": line.row.stock, "sku": line.row.stock, "title": line.row.title,
            "quantity": line.row.pieces, "unit_price": str(line.row.price),
        }  # fmt: skip


def points_due(invoice: Invoice) -> int:
    """One point per whole pound that stands: of each line the smaller of what its pieces left and its credit left."""
    stands = Fraction(0)
    for line in invoice.lines:
        pieces = line.row.pieces
        by_pieces = Fraction(line.pence * (pieces - line.credited_pieces), pieces)
        stands += max(Fraction(0), min(by_pieces, Fraction(line.pence - line.credited_pence)))
    return int(stands // 100) if invoice.customer else 0


def _pounds(amount_pence: int) -> str:
    return str(Decimal(amount_pence) / 100)


def _time(text: str) -> str:
    return datetime.fromisoformat(text).replace(tzinfo=_LONDON).isoformat()
