"""COPY: the cheapest way to bring new rows to PostgreSQL, for tables whose keys cannot be there already.

Beside an INSERT of the same rows it takes two thirds of the time, here and in the server. It goes past SQLAlchemy's cursors,
so what the driver says against it is wrapped as SQLAlchemy would: who runs transactions again knows it by that.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

#: With fewer rows the second round trip costs more than it saves.
WORTHWHILE = 4


def can_copy(connection: Connection) -> bool:
    """Whether the driver of this connection has COPY in the form we speak; a host may have brought another driver."""
    return connection.dialect.name == "postgresql" and connection.dialect.driver == "psycopg"


def copy_in(connection: Connection, text: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Send rows under the statement COPY … FROM STDIN. Raises SQLAlchemy's DBAPIError; the transaction is then over."""
    driver: Any = connection.dialect.loaded_dbapi
    below: Any = connection.connection
    try:
        with below.cursor() as cursor, cursor.copy(text) as into:
            for row in rows:
                into.write_row(row)
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, dialect=connection.dialect) from error
