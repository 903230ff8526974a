"""What is stored of one shopper, read by one statement: constant text made once, narrow columns, no rows of the ORM.

Lists come as JSON that the database builds, so a shopper with many orders costs as many round trips as one with none.
A glance is the short form of it: it has a mark for everything that is shown, so that an answer that was rendered from the
same mark is the answer still.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import BindParameter, Select, Text, bindparam, func, literal_column, select
from sqlalchemy import cast as to_type
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import aliased

from regulars.complaints import Complaint
from regulars.customers import Customer, CustomerPii
from regulars.ledger import AccountRow, Book, EntryRow, Lot, LotRow
from regulars.ledger.explain import effect
from regulars.orders import Order, OrderLine
from regulars.program import Programs, ProgramVersion
from regulars.shops import Shop
from regulars.storefront.seen import SeenComplaint, SeenOrder, SeenShop
from regulars.storefront.statement import Movement

_HISTORY, _ORDERS, _COMPLAINTS = 60, 10, 10
_SHOP: BindParameter[int] = bindparam("shop_id")
_CUSTOMER: BindParameter[str] = bindparam("customer_id")
_UNIT: BindParameter[str] = bindparam("unit")
_BOOK = aliased(AccountRow, name="a")


@dataclass(frozen=True, slots=True)
class Glance:
    """Where a shopper stands, in few words; `mark` changes with whatever is stored about them and shown."""

    shop: SeenShop
    programs: Programs
    is_active: bool
    next_due_at: datetime | None  # from then on more is true than what is posted
    mark: bytes


@dataclass(frozen=True, slots=True)
class Shopper:
    """All that is stored about one shopper; `book` is as posted."""

    glance: Glance
    name: str | None
    book: Book
    movements: list[Movement]
    order_names: dict[str, str]
    orders: list[SeenOrder]
    complaints: list[SeenComplaint]


def glance(dialect: Dialect) -> Select[Any]:
    """Where a shopper stands. Short names everywhere: drivers keep the plans of short statements only."""
    shop, one, pii, book = aliased(Shop, name="s"), aliased(Customer, name="c"), aliased(CustomerPii, name="i"), _BOOK
    _, array = _json(dialect)
    head = array(
        _newest(), shop.key, shop.state, shop.domain, shop.timezone, shop.locale, one.state, pii.name, book.next_due_at,
        book.available, book.pending, book.reserved, book.debt, book.earned, book.version, book.head_hash,
    )  # fmt: skip
    return (
        select(to_type(head, Text), _documents(dialect), _complaints(dialect))
        .outerjoin_from(shop, one, (one.shop_id == shop.id) & (one.id == _CUSTOMER))
        .outerjoin(pii, (pii.shop_id == shop.id) & (pii.customer_id == _CUSTOMER))
        .outerjoin(book, (book.shop_id == shop.id) & (book.customer_id == _CUSTOMER) & (book.unit == _UNIT))
        .where(shop.id == _SHOP)
    )


def whole(dialect: Dialect) -> Select[Any]:
    """A glance and everything that is shown."""
    return glance(dialect).add_columns(_lots(dialect), _entries(dialect), _orders(dialect), _names(dialect))


def _newest() -> Any:
    version = aliased(ProgramVersion, name="v")
    return select(func.max(version.version)).where(version.shop_id == _SHOP).scalar_subquery()


def _lots(dialect: Dialect) -> Any:
    lot = aliased(LotRow, name="l")
    mine = (lot.shop_id == _SHOP) & (lot.customer_id == _CUSTOMER) & (lot.unit == _UNIT)
    columns = select(
        lot.version, lot.cause_type, lot.cause_id, lot.component, lot.points, lot.remaining, lot.released,
        lot.release_at, lot.expires_at, lot.expired,
    )  # fmt: skip
    return _listed(dialect, columns.where(mine, lot.remaining > literal_column("0")), "l2")


def _entries(dialect: Dialect) -> Any:
    entry = aliased(EntryRow, name="e")
    mine = (entry.shop_id == _SHOP) & (entry.customer_id == _CUSTOMER) & (entry.unit == _UNIT)
    columns = select(
        entry.debit, entry.credit, entry.amount, entry.kind, entry.cause_type, entry.cause_id, entry.explanation,
        entry.effective_at, entry.posted_at,
    )  # fmt: skip
    rows = columns.where(mine).order_by(entry.version.desc()).limit(literal_column(str(_HISTORY)))
    return _listed(dialect, rows, "e2", "explanation")


def _documents(dialect: Dialect) -> Any:
    """Which document each order of the history has: nothing of an order changes without one of higher rank (`newest`).

    PostgreSQL makes one number of them: that two histories have the same is one chance in 2**64.
    """
    order = aliased(Order, name="k")
    columns = select(order.id, order.updated_at, order.progress, order.body_hash)
    rows = _newest_first(columns, order, _HISTORY)
    if dialect.name == "sqlite":
        return _listed(dialect, rows, "k2")
    part = rows.subquery("k2")
    number = func.sum(func.hash_record_extended(func.row(*part.c), literal_column("0")))
    return select(to_type(number, Text)).select_from(part).scalar_subquery()


def _names(dialect: Dialect) -> Any:
    order = aliased(Order, name="m")
    return _listed(dialect, _newest_first(select(order.id, order.name), order, _HISTORY), "m2")


def _newest_first(columns: Any, order: Any, at_most: int) -> Any:
    mine = (order.shop_id == _SHOP) & (order.customer_id == _CUSTOMER) & order.seen & ~order.test
    return columns.where(mine).order_by(order.placed_at.desc(), order.id).limit(literal_column(str(at_most)))


def _orders(dialect: Dialect) -> Any:
    order, line = aliased(Order, name="o"), aliased(OrderLine, name="n")
    listed, array = _json(dialect)
    of_it = (line.shop_id == _SHOP) & (line.order_id == order.id)
    lines = select(listed(array(line.position, line.title, line.quantity))).where(of_it).correlate(order)
    columns = select(
        order.id, order.name, order.placed_at, order.total_minor, order.currency, lines.scalar_subquery().label("lines")
    )
    return _listed(dialect, _newest_first(columns, order, _ORDERS), "o2", "lines")


def _complaints(dialect: Dialect) -> Any:
    case = aliased(Complaint, name="p")
    mine = (case.shop_id == _SHOP) & (case.customer_id == _CUSTOMER)
    columns = select(case.id, case.state, case.opened_at, case.problem, case.order_id)
    rows = columns.where(mine).order_by(case.opened_at.desc()).limit(literal_column(str(_COMPLAINTS)))
    return _listed(dialect, rows, "p2")


def _listed(dialect: Dialect, rows: Any, name: str, *documents: str) -> Any:
    """All rows of a question as one JSON array of arrays, as text; `documents` are columns that are JSON already."""
    part = rows.subquery(name)
    listed, array = _json(dialect)
    as_is = func.json if dialect.name == "sqlite" else (lambda column: column)
    columns = [as_is(column) if column.name in documents else column for column in part.c]
    return select(to_type(listed(array(*columns)), Text)).select_from(part).scalar_subquery()


def _json(dialect: Dialect) -> tuple[Any, Any]:
    if dialect.name == "sqlite":
        return func.json_group_array, func.json_array
    return func.json_agg, func.json_build_array


def to_glance(shop_id: int, head: list[Any], row: Sequence[str | None], programs: Programs) -> Glance:
    """What the first columns say; `head` is the first of them, read."""
    mark = blake2b(f"{row[0]}\n{row[1]}\n{row[2]}".encode(), digest_size=16).digest()
    due = _moment_or_none(head[8])
    return Glance(SeenShop(shop_id, *head[1:6]), programs, head[6] == "active", due, mark)


def to_shopper(glance: Glance, customer_id: str, head: list[Any], row: Sequence[str | None]) -> Shopper:
    """What all columns say."""
    complaints, lots, entries, orders, names = [orjson.loads(text) if text else [] for text in row[2:]]
    account = head[9:] if head[9] is not None else ()
    book = Book(glance.shop.id, customer_id, glance.programs.unit, *account)
    book.lots = {one[0]: _lot(*one) for one in lots}
    return Shopper(
        glance, head[7], book, [_movement(*one) for one in entries if effect(*one[:3])], dict(names),
        [_order(*one) for one in orders], [_complaint(*one) for one in complaints],
    )  # fmt: skip


def _lot(
    version: int, cause_type: str, cause_id: str, component: str, points: int, remaining: int, released: bool,
    release_at: str | None, expires_at: str | None, expired: int,
) -> Lot:  # fmt: skip
    return Lot(
        version, cause_type, cause_id, component, points, remaining, bool(released), _moment_or_none(release_at),
        _moment_or_none(expires_at), expired,
    )  # fmt: skip


def _movement(
    debit: str, credit: str, amount: int, kind: str, cause_type: str, cause_id: str, explanation: dict[str, Any],
    effective_at: str, posted_at: str,
) -> Movement:  # fmt: skip
    points = effect(debit, credit, amount)
    return Movement(_moment(effective_at), _moment(posted_at), kind, points, cause_type, cause_id, explanation)


def _order(
    id_: str, name: str, placed_at: str | None, total_minor: int, currency: str, lines: list[list[Any]] | None
) -> SeenOrder:
    in_order = [(title, quantity) for _, title, quantity in sorted(lines or ())]
    return SeenOrder(id_, name, _moment_or_none(placed_at), total_minor, currency, in_order)


def _complaint(id_: str, state: str, opened_at: str, problem: str, order_id: str | None) -> SeenComplaint:
    return SeenComplaint(id_, state, _moment(opened_at), problem, order_id)


def _moment(text: str) -> datetime:
    """A time as either database writes it into JSON; SQLite keeps UTC without saying so."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _moment_or_none(text: str | None) -> datetime | None:
    return _moment(text) if text else None
