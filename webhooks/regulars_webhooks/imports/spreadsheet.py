"""Rows of a CSV file into the documents of our standard JSON. Pure.

Orders have one row per line item, products one per variant; the rows of one order, or product, stand together.
"""

from collections.abc import Callable, Sequence
from typing import Any

from regulars.errors import Unusable

Row = dict[str, str]

_LINE = {
    "line_id": "id",
    "product_id": "product_id",
    "variant_id": "variant_id",
    "sku": "sku",
    "title": "title",
    "quantity": "quantity",
    "current_quantity": "current_quantity",
    "net": "net",
    "unit_price": "unit_price",
    "discount": "discount",
    "gift_card": "gift_card",
}
_CUSTOMER = {f"customer_{name}": name for name in ("id", "email", "name", "phone", "locale")}
_VARIANT = {
    "variant_id": "id",
    "sku": "sku",
    "variant_title": "title",
    "price": "price",
    "unit_cost": "unit_cost",
    "stock": "stock",
}
_ORDER = (
    "name",
    "placed_at",
    "updated_at",
    "currency",
    "status",
    "cancelled",
    "test",
    "total",
    "shipping",
    "tax",
    "tip",
)
_PRODUCT = ("title", "vendor", "product_type", "updated_at")
_LISTS = ("tags", "collections")
_CUSTOMERS = ("id", "email", "name", "phone", "locale", "marketing_consent", "updated_at")
_REVIEW = ("id", "product_id", "order_id", "rating", "title", "body", "status", "has_photo", "created_at", "updated_at")

#: The columns of each kind of file; the first one names what consecutive rows have in common.
COLUMNS: dict[str, tuple[str, ...]] = {
    "order": ("order_id", *_ORDER, *_CUSTOMER, *_LINE),
    "customer": _CUSTOMERS,
    "product": ("product_id", *_PRODUCT, *_LISTS, *_VARIANT),
    "review": (*_REVIEW, "customer_id", "customer_email"),
}


def check_columns(kind: str, names: Sequence[str]) -> None:
    """Raises Unusable for a column that this kind has not, or when the first one is missing."""
    known = COLUMNS[kind]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Unusable(f"There is no column {unknown[0]!r} in a file of {kind}s; there are {', '.join(known)}.")
    if known[0] not in names:
        raise Unusable(f"The column {known[0]!r} is missing; the first line of the file names the columns.")
    if len(set(names)) != len(names):
        raise Unusable("A column is named twice in the first line of the file.")


def document(kind: str, rows: Sequence[Row]) -> dict[str, Any]:
    """The document that these rows (one, or all of one order or product) make; empty cells are left out."""
    return _MAKERS[kind](rows)


def _order(rows: Sequence[Row]) -> dict[str, Any]:
    first = rows[0]
    lines = [_picked(row, _LINE) for row in rows]
    for position, line in enumerate(lines):
        line.setdefault("id", str(position + 1))
    return {
        "id": first["order_id"],
        **_named(first, _ORDER),
        "customer": _picked(first, _CUSTOMER) or None,
        "lines": lines,
    }


def _product(rows: Sequence[Row]) -> dict[str, Any]:
    first = rows[0]
    lists = {name: _split(first.get(name, "")) for name in _LISTS}
    variants = [variant for row in rows if (variant := _picked(row, _VARIANT))]
    return {"id": first["product_id"], **_named(first, _PRODUCT), **lists, "variants": variants}


def _customer(rows: Sequence[Row]) -> dict[str, Any]:
    return _named(rows[0], _CUSTOMERS)


def _review(rows: Sequence[Row]) -> dict[str, Any]:
    customer = _picked(rows[0], {"customer_id": "id", "customer_email": "email"})
    return {**_named(rows[0], _REVIEW), "customer": customer or None}


def _named(row: Row, names: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in names if row.get(name)}


def _picked(row: Row, names: dict[str, str]) -> dict[str, Any]:
    return {name: row[column] for column, name in names.items() if row.get(column)}


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


_MAKERS: dict[str, Callable[[Sequence[Row]], dict[str, Any]]] = {
    "order": _order,
    "customer": _customer,
    "product": _product,
    "review": _review,
}
