"""The database: its schema, its key, its promises of durability, what protects the ledger, its clock."""

from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from regulars import health, migrating
from regulars.db import all_shops, database_now, is_prepared, reading

_CLOCK_SECONDS = 1.0
_OLDEST_POSTGRES = 15
_WRITTEN_ONCE = ("regulars_entries", "regulars_audit")
_TRIGGERS = {
    "sqlite": tuple(f"{table}_no_{act}" for table in _WRITTEN_ONCE for act in ("update", "delete")),
    "postgresql": tuple(f"{table}_never_{act}" for table in _WRITTEN_ONCE for act in ("changes", "emptied")),
}
_FIND_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')",
}
#: What PostgreSQL must be set to, and what a commit is worth otherwise.
_POSTGRES_SETTINGS = {
    "fsync": ("on", "after a power cut the database may be damaged"),
    "full_page_writes": ("on", "after a power cut the database may be damaged"),
    "default_transaction_isolation": ("read committed", "what is read after a lock would be old"),
    "default_transaction_read_only": ("off", "nothing can be kept"),
}


def schema_ahead() -> str | None:
    """Newer code has upgraded it."""
    return health.schema_ahead()


def clock() -> str | None:
    """Leases and signatures depend on clocks that agree."""
    with reading() as session:
        apart = (database_now(session) - datetime.now(UTC)).total_seconds()
    return f"the database is {apart:+.1f} s from this machine" if abs(apart) > _CLOCK_SECONDS else None


def protection() -> str | None:
    """The triggers that refuse to change or remove an entry."""
    with reading() as session:
        kind = _kind(session)
        there = set(session.scalars(text(_FIND_TRIGGERS[kind])))
    missing = [name for name in _TRIGGERS[kind] if name not in there]
    return f"missing or switched off: {', '.join(missing)}" if missing else None


def rights() -> str | None:
    """Who owns a table may drop what protects it."""
    with all_shops("metrics"), reading() as session:
        if _kind(session) == "sqlite":
            return None
        owned = "SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables WHERE tablename = 'regulars_entries'"
        mine = any(session.scalars(text(owned)))
    return "this role owns the ledger's tables, so it could drop what protects them" if mine else None


def settings() -> str | None:
    """What a commit is worth, and how reads behave."""
    with reading() as session:
        return _sqlite_settings(session) if _kind(session) == "sqlite" else _postgres_settings(session)


def synchronous_commit() -> str | None:
    """Without it the last commits before a crash of the database's machine are gone, acknowledged webhooks among them."""
    with reading() as session:
        if _kind(session) == "sqlite":
            return None
        value = session.scalar(text("SHOW synchronous_commit"))
    return "synchronous_commit is off: the last second before a crash is lost" if value == "off" else None


def _kind(session: Session) -> str:
    return session.get_bind().dialect.name


def _sqlite_settings(session: Session) -> str | None:
    engine = session.get_bind()
    assert isinstance(engine, Engine), "a fresh session has an engine"
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    is_so = {name: session.scalar(text(f"PRAGMA {name}")) for name in wanted}
    wrong = [f"{name} is {is_so[name]}" for name in wanted if is_so[name] != wanted[name]]
    wrong += [] if is_prepared(engine) else ["its engine is not prepared"]
    return f"SQLite is not set up as it must be: {', '.join(wrong)}" if wrong else None


def _postgres_settings(session: Session) -> str | None:
    values = {name: session.scalar(text(f"SHOW {name}")) or "" for name in _POSTGRES_SETTINGS}
    if session.scalar(text("SELECT pg_is_in_recovery()")):
        return "this is a standby, which takes no writes"
    return postgres_trouble(int(session.scalar(text("SHOW server_version_num")) or 0), values)


def postgres_trouble(version: int, values: dict[str, str]) -> str | None:
    """What is wrong with a server of this version (150004 is 15.4) and these settings, or None."""
    if version // 10_000 < _OLDEST_POSTGRES:
        return f"PostgreSQL {version // 10_000} is too old, {_OLDEST_POSTGRES} or newer is needed"
    wrong = [
        f"{name} is {values[name]} ({why})"
        for name, (good, why) in _POSTGRES_SETTINGS.items()
        if values.get(name, good) != good
    ]
    return "; ".join(wrong) or None


def revision() -> str:
    """The newest revision of this code, for the sentence that all is well."""
    return migrating.known_revisions()[0]
