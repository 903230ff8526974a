"""The database: our own Base on the host's engines, units of work at the edges, SQLite done right, tenancy.

Services take a session and never commit. The edges (our routes, the work runner, the command line) run a closure in
`unit_of_work`, which commits once and retries the whole closure where the database says that two writers met.
"""

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from weakref import WeakSet

from flask import Flask, current_app
from sqlalchemy import JSON, BigInteger, DateTime, Engine, MetaData, TypeDecorator, event, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, scoped_session

from regulars import runtime
from regulars.errors import SettingsError

T = TypeVar("T")

_TRIES = 5
_PREPARED = "regulars_sqlite_prepared"
_AFTER_COMMIT = "regulars.after_commit"
_COMMITTED = "regulars.committed"
_SERIALIZATION_FAILURES = {"40001", "40P01"}

#: What is raised when the database does not answer, has no connection left, or lacks our tables.
NO_DATABASE = (OperationalError, InterfaceError, ProgrammingError, NoConnection)

#: Who may look across shops, and why. `all_shops` refuses any other reason.
ALL_SHOPS = {
    "find the shop": "a request names a shop, a source, a key or a session; which shop that is, is the question",
    "drain": "the runner looks which shops have work due before it turns to one of them",
    "timetable": "the clock asks every shop whether something periodic is due",
    "verify": "the operator checks the whole installation",
    "metrics": "the operator counts the whole installation",
    "statistics": "the database counts the rows of its tables to plan by",
    "staff": "a staff login belongs to the installation",
}
_across: ContextVar[str | None] = ContextVar("regulars_all_shops", default=None)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite stores it without its zone, we give it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone reached the database")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: JSON documents of ours: codes and numbers.
Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """The base of our tables, never the host's: `db.create_all()` and the host's migrations do not touch them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, int: BigInteger, dict[str, Any]: Json}


def include_object(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """For the host's Alembic `context.configure(include_object=…)`: leave our tables alone."""
    table = name if kind == "table" else getattr(getattr(item, "table", None), "name", "")
    return not str(table or "").startswith("regulars_")


class OwnSession(Session):
    """A session on a bind of our own: none of the host's statements come here, and none of ours go there."""


def engine_of(app: Flask) -> Engine:
    """The engine our tables are on: that of the bind which REGULARS_BIND names, or the host's default one."""
    bind = runtime.of(app).settings.bind if "regulars" in app.extensions else ""
    with app.app_context():
        engine: Engine = app.extensions["sqlalchemy"].engines[bind or None]
    return engine


def new_session() -> Session:
    """A fresh session of the host's own factory, or on our own bind: never the host's half-finished work."""
    if runtime.current().settings.bind:
        return OwnSession(engine_of(current_app), expire_on_commit=False)
    session: Session = current_app.extensions["sqlalchemy"].session.session_factory(expire_on_commit=False)
    return session


@contextmanager
def reading() -> Iterator[Session]:
    """A session for reads: no write lock, nothing kept."""
    with new_session() as session:
        yield session


def for_single_reads() -> Engine:
    """The host's engine for hot reads of one statement each: no BEGIN before and no ROLLBACK after it."""
    engine = engine_of(current_app)
    if engine.dialect.name == "sqlite":
        return engine.execution_options(regulars_alone=True)
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def unit_of_work(work: Callable[[Session], T], *, busy_seconds: float | None = None, tries: int = _TRIES) -> T:
    """Run `work(session)` in one transaction, commit, then ring and signal what it asked for.

    The whole closure runs again, at most `tries` times with 10 to 200 ms between, on serialization failures,
    deadlocks and a busy SQLite; every other error rolls back and is raised.
    """
    for attempt in range(1, tries + 1):
        try:
            return _once(work, busy_seconds)
        except DBAPIError as error:
            if attempt == tries or not is_serialization_failure(error):
                raise
            time.sleep(random.uniform(0.01, 0.2))  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


def _once(work: Callable[[Session], T], busy_seconds: float | None) -> T:
    seconds = busy_seconds or runtime.current().settings.busy_seconds
    options = {"regulars_write": True, "regulars_busy_ms": int(seconds * 1000)}
    with new_session() as session:
        session.connection(execution_options=options)
        result = work(session)
        session.commit()
    return result


def is_serialization_failure(error: DBAPIError) -> bool:
    """Whether the database says that two writers met and one should try again."""
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)  # psycopg, psycopg2
    if state in _SERIALIZATION_FAILURES:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def after_commit(session: "Session | scoped_session[Any]", action: Callable[[], object]) -> None:
    """Do this once the transaction of this session has committed, and only then: doorbells and signals.

    A savepoint that is rolled back takes what was asked for inside it along. The action runs when the transaction is
    over, so it may begin another one on the same session.
    """
    own: Session = session() if isinstance(session, scoped_session) else session  # a host passes db.session as it is
    own.info.setdefault(_AFTER_COMMIT, []).append((tuple(_open_savepoints(own)), action))


def _open_savepoints(session: Session) -> Iterator[SessionTransaction]:
    transaction = session.get_nested_transaction()
    while transaction is not None:
        if transaction.nested:
            yield transaction
        transaction = transaction.parent


def _note_commit(session: Session) -> None:
    session.info[_COMMITTED] = session.get_nested_transaction() or session.get_transaction()


def _transaction_ended(session: Session, transaction: SessionTransaction) -> None:
    """Commits and rollbacks of whole transactions and of savepoints end here; what flushes open does not count."""
    if transaction.parent is not None and not transaction.nested:
        return
    committed = session.info.pop(_COMMITTED, None) is transaction
    if committed and transaction.nested:
        return
    asked = session.info.pop(_AFTER_COMMIT, [])
    if transaction.nested:
        session.info[_AFTER_COMMIT] = [entry for entry in asked if transaction not in entry[0]]
    elif committed:
        for _, action in asked:
            action()


_heard: WeakSet[type[Session]] = WeakSet()  # two apps may share one SQLAlchemy(): it is listened to once


def listen(app: Flask) -> None:
    """Hear how the transactions of the host's sessions end, so that doorbells and signals go out after commits."""
    host: type[Session] = app.extensions["sqlalchemy"].session.session_factory.class_
    sessions = OwnSession if runtime.of(app).settings.bind else host
    if sessions not in _heard:
        _heard.add(sessions)
        event.listen(sessions, "after_commit", _note_commit)
        event.listen(sessions, "after_transaction_end", _transaction_ended)


def database_now(session: Session) -> datetime:
    """The database's own clock: leases of several hosts compare on it. On SQLite it is this machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def prepare_sqlite(engine: Engine, *, busy_seconds: float = 5.0) -> None:
    """Make SQLite safe for writers that meet: WAL, FULL, foreign keys, and BEGIN IMMEDIATE where `unit_of_work` asks.

    Without it SQLAlchemy's default on SQLite loses updates silently. Call it once per engine, before its first use.
    """
    if engine.dialect.name != "sqlite" or is_prepared(engine):
        return

    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            f"busy_timeout={int(busy_seconds * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("regulars_alone"):
            return  # SQLite begins and ends by itself around a statement
        busy_ms = options.get("regulars_busy_ms") or int(busy_seconds * 1000)
        connection.exec_driver_sql(f"PRAGMA busy_timeout={busy_ms}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("regulars_write") else "BEGIN")

    engine.dialect.__dict__[_PREPARED] = True


def is_prepared(engine: Engine) -> bool:
    """Whether `prepare_sqlite` has seen this engine (always true for other databases)."""
    return engine.dialect.name != "sqlite" or bool(engine.dialect.__dict__.get(_PREPARED))


def check(app: Flask, bind: str) -> None:
    """Refuse a bind that is not there, a database that we do not know, or a host's unprepared SQLite. Raises SettingsError.

    A SQLite on a bind of our own is ours to prepare.
    """
    with app.app_context():
        engine: Engine | None = app.extensions["sqlalchemy"].engines.get(bind or None)
    if engine is None:
        raise SettingsError(f"REGULARS_BIND is {bind!r}: there is no such bind in SQLALCHEMY_BINDS.")
    if engine.dialect.name not in ("sqlite", "postgresql"):
        raise SettingsError(f"The host's database is {engine.dialect.name}: Regulars runs on PostgreSQL and on SQLite.")
    if bind:
        prepare_sqlite(engine)
    if not is_prepared(engine):
        raise SettingsError(
            "The host's SQLite engine is not prepared for concurrent writers: call regulars.prepare_sqlite(db.engine) "
            "after db.init_app(app), name a bind of our own in REGULARS_BIND, or use PostgreSQL."
        )


@contextmanager
def all_shops(reason: str) -> Iterator[None]:
    """Statements inside may look across shops. `reason` must be listed in ALL_SHOPS."""
    if reason not in ALL_SHOPS:
        raise KeyError(f"{reason!r} is no listed reason to look across shops")
    token = _across.set(reason)
    try:
        yield
    finally:
        _across.reset(token)


_TABLE = re.compile(r"\bregulars_(?!alembic_version)\w+")


def keeps_to_one_shop(statement: str) -> bool:
    """Whether a statement leaves our tables alone, names shop_id, or runs inside `all_shops`."""
    return _across.get() is not None or not _TABLE.search(statement) or "shop_id" in statement
