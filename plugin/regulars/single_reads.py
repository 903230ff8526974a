"""Hot reads of one statement each: the driver is asked, on connections that stay out of the host's pool for a while.

What SQLAlchemy does around a statement costs more than a short answer, and so does taking a connection out of the pool and
putting it back. Nothing is begun and nothing rolled back: each statement stands alone.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.pool import Pool, PoolProxiedConnection, QueuePool

#: Then a connection goes back, so that what the host asks of its pool (`pool_recycle`, `pool_pre_ping`) is done to it.
_KEPT_SECONDS = 60.0
#: The part of the host's pool that may stay out while nobody reads.
_SHARE = 4


@dataclass(slots=True)
class Lent:
    """A connection of the pool that commits by itself, and its cursor."""

    borrowed: PoolProxiedConnection
    pool: Pool
    autocommit: bool  # as it was, and as it goes back
    until: float  # time.monotonic()
    cursor: Any


class Lending:
    """The connections of one engine that are out: never more at once than threads that read, few of them while none does."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"  # it begins and ends by itself around a statement
        self._idle: deque[Lent] = deque()  # threads share it: each step on it is one that Python does not divide
        self._at_most = engine.pool.size() // _SHARE if isinstance(engine.pool, QueuePool) else 0

    def borrow(self) -> Lent:
        """One for one statement. Raises SQLAlchemy's errors."""
        while self._idle:
            try:
                lent = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if lent.pool is not self.engine.pool:  # the host disposed of its pool, and of all that came from it
                lent.borrowed.invalidate()
            elif time.monotonic() < lent.until:
                return lent
            else:
                self._put_back(lent)
        return self._take_out()

    def give_back(self, lent: Lent) -> None:
        """After a statement that went well; where anything went wrong, the connection is to be invalidated."""
        if len(self._idle) < self._at_most:
            self._idle.append(lent)
        else:
            self._put_back(lent)

    def _take_out(self) -> Lent:
        pool, borrowed = self.engine.pool, self.engine.raw_connection()
        try:
            connection: Any = borrowed.dbapi_connection
            before = True if self.is_sqlite else connection.autocommit
            if not before:
                connection.autocommit = True
            return Lent(borrowed, pool, before, time.monotonic() + _KEPT_SECONDS, connection.cursor())
        except BaseException:
            borrowed.invalidate()
            raise

    def _put_back(self, lent: Lent) -> None:
        lent.cursor.close()
        if not lent.autocommit:
            connection: Any = lent.borrowed.dbapi_connection
            connection.autocommit = False
        lent.borrowed.close()


class Question:
    """A statement as one engine wants it."""

    def __init__(self, lending: Lending, make: Callable[[Dialect], Select[Any]]) -> None:
        dialect = lending.engine.dialect
        compiled: Any = make(dialect).compile(dialect=dialect)
        self._lending = lending
        self._failures: type[Exception] = dialect.loaded_dbapi.Error
        self._given: dict[str, Any] = compiled.params
        self._places: list[str] | None = compiled.positiontup
        self.text: str = compiled.string
        self._below = _Below(make, dialect) if dialect.driver == "psycopg" else None

    def ask(self, given: dict[str, Any]) -> Any:
        """The first row; None when there is none. Raises SQLAlchemy's errors.

        When the driver fails, SQLAlchemy asks once more; after a restart of the server on a new pool, for the other
        connections are dead too.
        """
        values: Any = self._given | given
        if self._places:
            values = tuple([values[name] for name in self._places])
        try:
            return self._by_driver(values)
        except self._failures as error:
            if not self._lending.is_sqlite and _tells_of_the_connection(error):
                self._lending.engine.dispose()
        with self._lending.engine.connect() as connection:
            return connection.exec_driver_sql(self.text, values).first()

    def _by_driver(self, values: Any) -> Any:
        """A connection on which anything went wrong is thrown away."""
        lent = self._lending.borrow()
        try:
            if self._below and lent.cursor.connection.prepare_threshold is not None:
                rows = self._below.ask(lent.cursor.connection, values)
            else:
                lent.cursor.execute(self.text, values)
                rows = lent.cursor.fetchall()  # to the end: a statement that is open holds a snapshot
        except BaseException:
            lent.borrowed.invalidate()
            raise
        self._lending.give_back(lent)
        return rows[0] if rows else None


class _Below:
    """The same statement in psycopg's layer below its cursors (`psycopg.pq`), prepared on each connection once.

    All its columns are text. A third of what a cursor takes; where psycopg is told not to prepare, its cursors are asked.
    """

    def __init__(self, make: Callable[[Dialect], Select[Any]], dialect: Dialect) -> None:
        kind: Any = type(dialect)
        compiled: Any = make(dialect).compile(dialect=kind(paramstyle="numeric_dollar"))
        self._driver: Any = dialect.loaded_dbapi  # psycopg, which who keeps to SQLite need not have
        self._text: bytes = compiled.string.encode()
        self._name = b"regulars_" + blake2b(self._text, digest_size=8).hexdigest().encode()
        self._places: list[str] = compiled.positiontup
        self._prepared: WeakSet[Any] = WeakSet()

    def ask(self, connection: Any, values: dict[str, Any]) -> list[list[str | None]]:
        """All rows. Raises psycopg's errors."""
        if connection not in self._prepared:
            self._check(connection.pgconn.prepare(self._name, self._text), "COMMAND_OK")
            self._prepared.add(connection)
        given = [str(values[place]).encode() for place in self._places]
        result = connection.pgconn.exec_prepared(self._name, given)
        self._check(result, "TUPLES_OK")
        cells = [[result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples)]
        return [[cell if cell is None else cell.decode() for cell in row] for row in cells]

    def _check(self, result: Any, wanted: str) -> None:
        if result.status != self._driver.pq.ExecStatus[wanted]:
            raise self._driver.errors.error_from_result(result)


def _tells_of_the_connection(error: Exception) -> bool:
    """Whether PostgreSQL, or the driver by itself, says that the connection ends: not all drivers notice it at once."""
    state: str | None = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)  # psycopg, psycopg2
    return state is None or state.startswith(("08", "57P"))
