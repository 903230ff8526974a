"""Many rows in one statement, and many ids as one parameter.

The text of a statement follows from its table and columns alone: it is made once, and the drivers keep it prepared. SQLite
takes the rows as they are. PostgreSQL copies rows that are all new (`copying.py`); of others it takes each column as one JSON
array and zips them again. Rows go in the order of their keys, so that two batches never wait for each other in a circle.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Select, Table, UniqueConstraint, bindparam, select
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON, Boolean, DateTime, LargeBinary, Text

from regulars.copying import WORTHWHILE, can_copy, copy_in

Rows = Sequence[dict[str, Any]]


class _Verb(StrEnum):
    INSERT_ALL = "insert_all"
    COPY = "copy"
    INSERT_NEW = "insert_new"
    UPSERT = "upsert"
    UPDATE = "update"


def insert_all(session: Session, model: type[DeclarativeBase], rows: Rows) -> None:
    """Insert rows; a key that is already there is an error, never skipped."""
    _write(session, model, rows, _Verb.INSERT_ALL)


def insert_new(session: Session, model: type[DeclarativeBase], rows: Rows) -> int:
    """Insert rows; those whose key is already there are left as they are. Gives how many were not there."""
    written = _write(session, model, rows, _Verb.INSERT_NEW)
    return written.rowcount if written else 0


def upsert(session: Session, model: type[DeclarativeBase], rows: Rows) -> None:
    """Insert rows, or set every given column where the primary key is already there; no key comes twice in `rows`."""
    _write(session, model, rows, _Verb.UPSERT)


def update(session: Session, model: type[DeclarativeBase], rows: Rows) -> None:
    """Set the given columns of the rows that the primary keys in `rows` name."""
    _write(session, model, rows, _Verb.UPDATE)


def insert_fresh(session: Session, model: type[DeclarativeBase], rows: Rows) -> set[str]:
    """`insert_new` for rows of one shop under the key (shop_id, id); gives the ids that were not there before.

    SQLite lets one writer in at a time, so what it is asked first still holds when it writes.
    """
    if not rows:
        return set()
    if session.get_bind().dialect.name != "sqlite":
        fresh = _write(session, model, rows, _Verb.INSERT_NEW, returning="id")
        return {str(id_) for id_ in fresh.scalars()} if fresh else set()
    asked = {"shop_id": rows[0]["shop_id"], "ids": as_ids(row["id"] for row in rows)}
    there = set(session.scalars(_there(model), asked))
    insert_all(session, model, [row for row in rows if row["id"] not in there])
    return {row["id"] for row in rows} - there


@lru_cache(maxsize=64)
def _there(model: type[DeclarativeBase]) -> Select[Any]:
    key = model.__table__.c
    return select(key.id).where(key.shop_id == bindparam("shop_id"), among(key.id, "ids"))


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Whether a text column is one of the ids in the parameter `name`, which `as_ids` makes."""
    return _Among(column, bindparam(name, type_=Text()))


def as_ids(values: Iterable[str | tuple[str, str]]) -> str:
    """Ids, or pairs of them, as one parameter: however many they are, the statement stays the same."""
    return orjson.dumps(list(values)).decode()


def among_pairs(first: Any, second: Any, name: str) -> ColumnElement[bool]:
    """Whether two text columns are one of the pairs in the parameter `name`, which `as_ids` makes.

    Two lists of ids instead would be looked up in an index each with each: half a million probes for a thousand rows.
    """
    return _AmongPairs(first, second, bindparam(name, type_=Text()))


class _Condition(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Condition":
        """As it is: the "= 1" that SQLite's booleans get in a condition would hide the column from its index."""
        return self


class _AmongPairs(_Condition):
    name = "among_pairs"
    inherit_cache = True


@compiles(_AmongPairs, "sqlite")
def _pairs_on_sqlite(element: _AmongPairs, compiler: SQLCompiler, **options: Any) -> str:
    first, second, pairs = (compiler.process(part, **options) for part in element.clauses)
    return f"({first}, {second}) IN (SELECT value ->> 0, value ->> 1 FROM json_each({pairs}))"  # noqa: S608


@compiles(_AmongPairs, "postgresql")
def _pairs_on_postgresql(element: _AmongPairs, compiler: SQLCompiler, **options: Any) -> str:
    first, second, pairs = (compiler.process(part, **options) for part in element.clauses)
    given = f"json_array_elements(CAST({pairs} AS JSON)) AS pair"
    return f"({first}, {second}) IN (SELECT pair ->> 0, pair ->> 1 FROM {given})"  # noqa: S608 - names of ours


class _Among(_Condition):
    name = "among"
    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - names of ours


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT json_array_elements_text(CAST({ids} AS JSON))))"


@dataclass(frozen=True, slots=True)
class _Writing:
    """One way of writing: its statement, what it takes from a row, by what rows are sorted, what becomes of a column."""

    text: str
    given: Callable[[dict[str, Any]], Any]
    key: Callable[[dict[str, Any]], Any] | None
    constants: tuple[Any, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]
    as_columns: bool

    def parameters(self, rows: Rows) -> Any:
        """The rows as the driver takes them: a list of tuples, or one JSON array for each column."""
        in_order = sorted(rows, key=self.key) if self.key and len(rows) > 1 else rows
        columns = list(zip(*map(self.given, in_order), strict=True))
        columns += [(constant,) * len(rows) for constant in self.constants]
        for index, convert in self.converters:
            columns[index] = tuple(map(convert, columns[index]))
        return tuple(map(_json, columns)) if self.as_columns else list(zip(*columns, strict=True))


def _write(
    session: Session, model: type[DeclarativeBase], rows: Rows, verb: _Verb, returning: str = ""
) -> CursorResult[Any] | None:
    if not rows:
        return None
    if session.autoflush:
        session.flush()
    connection = session.connection()
    if verb is _Verb.INSERT_ALL and len(rows) >= WORTHWHILE and can_copy(connection):
        copying = _writing("postgresql", model, tuple(rows[0]), _Verb.COPY, "")
        copy_in(connection, copying.text, copying.parameters(rows))
        return None
    writing = _writing(connection.dialect.name, model, tuple(rows[0]), verb, returning)
    return connection.exec_driver_sql(writing.text, writing.parameters(rows))


@lru_cache(maxsize=1024)
def _writing(
    dialect: str, model: type[DeclarativeBase], given: tuple[str, ...], verb: _Verb, returning: str
) -> _Writing:
    table: Table = model.__table__  # type: ignore[assignment]
    keys = [column.name for column in table.primary_key]
    if verb is _Verb.UPDATE:
        given = (*(name for name in given if name not in keys), *keys)
    columns = [table.c[name] for name in given] + ([] if verb is _Verb.UPDATE else _defaulted(table, given))
    in_json = not any(isinstance(column.type, LargeBinary) for column in columns)
    as_columns = dialect == "postgresql" and in_json and verb is not _Verb.COPY
    text = _zipped(table, columns, keys, verb) if as_columns else _row_by_row(dialect, table, columns, keys, verb)
    return _Writing(
        text=text + _conflict(given, keys, verb) + (f" RETURNING {returning}" if returning else ""),
        given=itemgetter(*given),
        key=_order(table, given, verb),
        constants=tuple(column.default.arg for column in columns[len(given) :]),  # type: ignore[union-attr]
        converters=tuple(
            (index, kind) for index, column in enumerate(columns) if (kind := _converter(column, dialect))
        ),
        as_columns=as_columns,
    )


def _defaulted(table: Table, given: tuple[str, ...]) -> list[Column[Any]]:
    return [column for column in table.c if column.name not in given and column.default and column.default.is_scalar]


def _order(table: Table, given: tuple[str, ...], verb: _Verb) -> Callable[[dict[str, Any]], Any] | None:
    """By what rows are sorted: by the key under which a new row meets one that is there, or by the primary key."""
    unique = [[*one.columns] for one in table.constraints if isinstance(one, UniqueConstraint)]
    found = sorted(([one.name for one in key] for key in unique if not any(one.nullable for one in key)), key=str)
    for names in [*(found if verb is _Verb.INSERT_NEW else []), [column.name for column in table.primary_key]]:
        if set(names) <= set(given):
            return itemgetter(*names)
    return None


def _row_by_row(dialect: str, table: Table, columns: list[Column[Any]], keys: list[str], verb: _Verb) -> str:
    if verb is _Verb.COPY:
        return f"COPY {table.name} ({_names(columns)}) FROM STDIN"
    mark = "?" if dialect == "sqlite" else "%s"
    if verb is _Verb.UPDATE:
        return _update(table, columns, keys, lambda _: mark, "")
    marks = ", ".join(mark for _ in columns)
    return f"INSERT INTO {table.name} ({_names(columns)}) VALUES ({marks})"  # noqa: S608


def _zipped(table: Table, columns: list[Column[Any]], keys: list[str], verb: _Verb) -> str:
    arrays = ", ".join("json_array_elements_text(CAST(%s AS json))" for _ in columns)
    zipped = f"ROWS FROM ({arrays}) AS given ({_names(columns)})"
    if verb is _Verb.UPDATE:
        return _update(table, columns, keys, _typed, f" FROM {zipped}")
    values = ", ".join(map(_typed, columns))
    chosen = f"SELECT {values} FROM {zipped}"  # noqa: S608
    return f"INSERT INTO {table.name} ({_names(columns)}) {chosen}"


def _typed(column: Column[Any]) -> str:
    return f"CAST(given.{_name(column)} AS {column.type.compile(_POSTGRESQL)})"


_POSTGRESQL = PGDialect()  # type: ignore[no-untyped-call]


def _update(
    table: Table, columns: list[Column[Any]], keys: list[str], value: Callable[[Column[Any]], str], source: str
) -> str:
    changes = ", ".join(f"{_name(column)} = {value(column)}" for column in columns if column.name not in keys)
    which = " AND ".join(f"{table.name}.{_name(column)} = {value(column)}" for column in columns if column.name in keys)
    return f"UPDATE {table.name} SET {changes}{source} WHERE {which}"  # noqa: S608


def _name(column: Column[Any]) -> str:
    return f'"{column.name}"'


def _names(columns: list[Column[Any]]) -> str:
    return ", ".join(map(_name, columns))


def _conflict(given: tuple[str, ...], keys: list[str], verb: _Verb) -> str:
    if verb is _Verb.INSERT_NEW:
        return " ON CONFLICT DO NOTHING"
    if verb is not _Verb.UPSERT:
        return ""
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in given if name not in keys)
    return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


def _converter(column: Column[Any], dialect: str) -> Callable[[Any], Any] | None:
    if isinstance(getattr(column.type, "impl", column.type), DateTime):  # UtcDateTime's python_type is object
        return _time_for_sqlite if dialect == "sqlite" else _time
    return _document if isinstance(column.type, JSON) else None


def _document(value: Any) -> str:
    """A document as JSON; the standard library takes what orjson refuses: whole numbers beyond 64 bits."""
    try:
        return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value)


def _time(moment: datetime | None) -> datetime | None:
    """As it is: the column's JSON says it with its zone."""
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a time without a zone reached the database")
    return moment


def _time_for_sqlite(moment: datetime | None) -> str | None:
    """As SQLAlchemy stores it there: UTC without saying so, always with microseconds, so that texts sort like times."""
    known = _time(moment)
    return known.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") if known else None


def _json(values: Sequence[Any]) -> str:
    return orjson.dumps(values).decode()
