"""Runs the fast tests on every Python, RQ and PostgreSQL that this machine has, and writes docs/compatibility.md.

    make matrix                                     # the Pythons on the PATH
    make matrix PYTHONS="/opt/python3.12/bin/python /opt/python3.13/bin/python"

Each column is a virtual environment of its own under build/matrix, made from the locked requirements.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.prepare import ROOT, prepare_venv

_FOLDER = ROOT / "build" / "matrix"
_PAGE = ROOT / "docs" / "compatibility.md"
_PYTHONS = [f"python3.{minor}" for minor in range(11, 20)]
_OLDEST_RQ = "rq==2.12.0"
_QUICK = ["-m", "not slow and not browser and not faults"]
_QUEUE = ["-m", "not browser", "tests/work", "tests/embedded", "tests/messaging", "tests/outbound"]
_HEAD = """# Compatibility

Written by `make matrix`, which runs the suite on everything that is found on the machine. A row says what was run; `fast` are all
tests that are neither slow nor in a browser, `queue` are those of the workers, with their real processes.

| Python | RQ | SQLAlchemy | database | tests | result |
| --- | --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Column:
    """One environment, and what is run in it."""

    python: str
    database: str
    tests: list[str]
    label: str
    pins: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def main() -> int:
    """Run every column; 0 when all passed."""
    pythons = os.environ.get("PYTHONS", "").split() or [name for name in _PYTHONS if shutil.which(name)]
    pythons = [python for python in pythons if _version(python, "import sys; print('%d.%d.%d' % sys.version_info[:3])")]
    rows, good = [], True
    for column in _columns(pythons or [sys.executable]):
        line, passed = _run(column)
        print(line, flush=True)
        rows.append(line)
        good = good and passed
    _PAGE.write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return 0 if good else 1


def _columns(pythons: list[str]) -> Iterator[Column]:
    """Each Python on SQLite; the oldest and the newest RQ; each PostgreSQL."""
    for python in pythons:
        yield Column(python, "sqlite", _QUICK, "fast")
    yield Column(pythons[0], "sqlite", _QUEUE, "queue", pins=(_OLDEST_RQ,))
    yield Column(pythons[-1], "both", _QUEUE, "queue")
    yield Column(pythons[0], "postgres", _QUICK, "fast")
    yield Column(pythons[-1], "postgres", _QUICK, "fast", environment={"SUITE_POSTGRES": "wheel"})


def _run(column: Column) -> tuple[str, bool]:
    folder = _folder(column)
    python = str(folder / "bin" / "python")
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--database={column.database}", *column.tests]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | column.environment, capture_output=True, text=True, check=False
    )
    closing = re.sub(r"\x1b\[[0-9;]*m|=+ ?| in .*", "", (done.stdout.strip().splitlines() or ["nothing was run"])[-1])
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-2000:], file=sys.stderr)
    database = column.database if column.database == "sqlite" else f"{column.database} ({_postgres(python, column)})"
    said = [
        _found(python, "platform", "platform.python_version()"),
        _library(python, "rq"),
        _library(python, "sqlalchemy"),
    ]
    return f"| {' | '.join([*said, database, column.label, closing])} |", done.returncode == 0


def _folder(column: Column) -> Path:
    """The column's environment, with what is locked today."""
    folder = _FOLDER / "-".join([Path(column.python).resolve().parent.parent.name, *column.pins]).replace("=", "")
    if not (folder / "bin" / "python").exists():
        _FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run([column.python, "-m", "venv", str(folder)], check=True)
    if prepare_venv(folder, ROOT / "requirements-dev.txt"):
        raise SystemExit(1)
    if column.pins:
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *column.pins]
        subprocess.run(pip, check=True)
    return folder


def _postgres(python: str, column: Column) -> str:
    """Which PostgreSQL the suite takes there."""
    script = "from tests.servers import PostgresServer as P; s = P(); print(s.programs); s.discard()"
    programs = _version(python, script, column.environment)
    told = subprocess.run([f"{programs}/postgres", "--version"], capture_output=True, text=True, check=False).stdout
    return " ".join(told.split()[1:3]) or "?"


def _library(python: str, name: str) -> str:
    return _found(python, "importlib.metadata", f"importlib.metadata.version({name!r})")


def _found(python: str, module: str, expression: str) -> str:
    return _version(python, f"import {module}; print({expression})")


def _version(python: str, script: str, environment: dict[str, str] | None = None) -> str:
    """What a line of Python prints there; empty where it cannot be run."""
    command = [python, "-c", script]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | (environment or {})
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
