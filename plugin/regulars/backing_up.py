"""A copy of the SQLite database while the shop goes on, and the way back. PostgreSQL has better tools of its own.

`cp` of a database in use loses what is still in its write-ahead log, and one put back beside an old log is damaged by it.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from regulars import gauges
from regulars.embedded.folder import DataFolder
from regulars.errors import Conflict, InvalidInput

_FOR_POSTGRES = (
    "This database is on PostgreSQL, which is copied by its own tools while the shop goes on: "
    "`pg_dump --format=custom --file=FILE DATABASE`, and back by `pg_restore` (docs/operations.md)."
)


def backup(target: Path) -> int:
    """Copy the whole database, as of one moment, into a new file that only its owner reads; its size in bytes.

    Writers go on meanwhile. Raises Conflict when the file is there, InvalidInput on PostgreSQL or for a bad place.
    """
    source = _file()
    if target.exists():
        raise Conflict(f"{target} is there already: choose another name, a backup overwrites nothing.")
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        _copy(source, part)
        part.rename(target)
        _settle(target.parent)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise InvalidInput(f"{target} could not be written ({error}): nothing was kept there.") from error
    return target.stat().st_size


def restore(source: Path, now: datetime) -> Path | None:
    """Put a backup in the database's place; gives where the old one lies now, or None when there was none.

    Every process must be stopped. Raises InvalidInput when the file is no sound backup of ours, SettingsError while
    `regulars up` runs on it.
    """
    place = _file()
    _demand_sound(source)
    with closing(DataFolder(place.parent).lock()):
        return _exchange(source, place, now)


def _exchange(source: Path, place: Path, now: datetime) -> Path | None:
    fresh = place.with_name(f"{place.name}.restored")
    shutil.copyfile(source, fresh)
    fresh.chmod(0o600)
    _settle(fresh)
    old = _aside(place, now) if place.exists() else None
    fresh.rename(place)
    _settle(place.parent)
    return old


def _file() -> Path:
    file = gauges.sqlite_file()
    if file is None:
        raise InvalidInput(_FOR_POSTGRES)
    return file


def _copy(source: Path, target: Path) -> None:
    """One step, one read transaction. The copy is closed into a single file without a log beside it."""
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")
        _demand_whole(copy, target)
    _settle(target)


def _demand_sound(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            _demand_whole(copy, file)
            copy.execute("SELECT version_num FROM regulars_alembic_version")
    except sqlite3.Error as error:
        raise InvalidInput(f"{file} is no backup of ours ({error}): nothing was changed.") from error


def _demand_whole(copy: sqlite3.Connection, file: Path) -> None:
    said = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        raise InvalidInput(f"{file} is damaged: {said}.")


def _aside(place: Path, now: datetime) -> Path:
    """Move the old database away with its log: together they are whole, and the log must not meet the new one."""
    aside = place.with_name(f"{place.name}.before-{now:%Y%m%dT%H%M%S}")
    for ending in ("-wal", "-shm", ""):
        part = place.with_name(place.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _settle(path: Path) -> None:
    """What was written is on the disk, a file's content or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
