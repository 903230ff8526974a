"""`regulars web`, and what `regulars up` does."""

import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import ScriptInfo

from regulars import health, migrating, runtime
from regulars.embedded.folder import DataFolder
from regulars.embedded.supervisor import Supervisor
from regulars.errors import SettingsError

_THREADS = "16"
_STOP_SECONDS = "5"  # a worker that is told to stop while it starts may not hear it
_FACTORY = "regulars.standalone:wsgi"
_COUNTS = "regulars-metrics"
_WELCOME = """\
Regulars is up.
  admin     {address}/admin/
  data      {folder}
Ctrl-C stops it."""


@click.command("web")
@click.option("--host", default="127.0.0.1", help="Where to listen.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@click.option("--workers", type=click.IntRange(1), help="Processes; 1 on SQLite, 2 otherwise, when left out.")
@click.option("--server", type=click.Choice(["granian", "gunicorn"]), default="granian")
@click.pass_obj
def web(info: ScriptInfo, host: str, port: int, workers: int | None, server: str) -> None:
    """Serve everything over HTTP."""
    demand_port(host, port)
    app = info.load_app()
    with app.app_context():
        health.demand_root_key()
    processes = str(workers or (1 if "sqlite" in runtime.of(app).settings.database_url else 2))
    if int(processes) > 1:  # so that /metrics of any process tells the counts of all
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(counts_folder(Path(tempfile.gettempdir()))))
    arguments = {
        "granian": [
            "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", processes,
            "--blocking-threads", _THREADS, "--log-level", "error", "--workers-kill-timeout", _STOP_SECONDS, "--factory",
            _FACTORY,
        ],
        "gunicorn": [
            "gunicorn", "--worker-class", "gthread", "--bind", f"{host}:{port}", "--workers", processes, "--threads",
            _THREADS, "--log-level", "warning", f"{_FACTORY}()",
        ],
    }[server]  # fmt: skip
    os.execv(sys.executable, [sys.executable, "-m", *arguments])  # noqa: S606 - the server takes this process's place


def counts_folder(inside: Path) -> Path:
    """A folder in which this server's processes count together, named by its process; those of servers that are gone go.

    The server takes our place with a call that never returns, so nobody can clear it away behind it.
    """
    for left in inside.glob(f"{_COUNTS}-*-*"):
        pid = left.name.split("-")[2]
        if pid.isdigit() and not _runs(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_COUNTS}-{os.getpid()}-", dir=inside))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def demand_port(host: str, port: int) -> None:
    """Raises SettingsError unless we can listen there; a web server might share the port with a stranger instead."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        remedy = "stop what listens there, or choose another with --port"
        raise SettingsError(f"Port {port} of {host} cannot be used ({error.strerror}): {remedy}.") from error


def keep_up(info: ScriptInfo, data: Path | None, port: int, advise: Callable[[Flask], str]) -> None:
    """Run the embedded set-up until Ctrl-C; once it is up, its address is printed, and what `advise` has to say."""
    demand_port("127.0.0.1", port)
    folder = DataFolder(data.absolute()) if data else DataFolder.from_environment()
    folder.make()
    os.environ["REGULARS_DATA"] = str(folder.path)
    app = info.load_app()
    migrating.upgrade(app)
    with until_told() as stop:
        supervisor = Supervisor(folder, port, told=stop)
        try:
            supervisor.start()
            click.echo(_WELCOME.format(address=supervisor.address, folder=folder.path) + advise(app))
            while not stop.wait(1):
                supervisor.look_after()
        finally:
            supervisor.stop()


@contextmanager
def until_told() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set, instead of ending the process where it stands."""
    stop = threading.Event()
    before = {name: signal.signal(name, lambda *_: stop.set()) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
