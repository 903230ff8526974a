"""`regulars web` and `regulars up`."""

import os
import signal
import sys
import threading
from pathlib import Path

import click
from flask.cli import ScriptInfo

from regulars import migrating, runtime
from regulars.embedded.folder import DataFolder
from regulars.embedded.supervisor import Supervisor

_THREADS = "16"


@click.command("web")
@click.option("--host", default="127.0.0.1", help="Where to listen.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@click.option("--workers", type=click.IntRange(1), help="Processes; 1 on SQLite, 2 otherwise, when left out.")
@click.option("--server", type=click.Choice(["granian", "gunicorn"]), default="granian")
@click.pass_obj
def web(info: ScriptInfo, host: str, port: int, workers: int | None, server: str) -> None:
    """Serve everything over HTTP."""
    app = info.load_app()
    processes = str(workers or (1 if "sqlite" in runtime.of(app).settings.database_url else 2))
    factory = os.environ.get("REGULARS_APP") or "regulars.standalone:wsgi"
    arguments = {
        "granian": [
            "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", processes,
            "--blocking-threads", _THREADS, "--log-level", "warning", "--factory", factory,
        ],
        "gunicorn": [
            "gunicorn", "--worker-class", "gthread", "--bind", f"{host}:{port}", "--workers", processes, "--threads",
            _THREADS, "--log-level", "warning", f"{factory}()",
        ],
    }[server]  # fmt: skip
    os.execv(sys.executable, [sys.executable, "-m", *arguments])  # noqa: S606 - the server takes this process's place


@click.command("up")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@click.pass_obj
def up(info: ScriptInfo, data: Path | None, port: int) -> None:
    """Run the embedded set-up: queue server, web, worker and clock on one data folder, until Ctrl-C."""
    folder = DataFolder(data.absolute()) if data else DataFolder.from_environment()
    folder.make()
    os.environ["REGULARS_DATA"] = str(folder.path)
    migrating.upgrade(info.load_app())
    supervisor = Supervisor(folder, port)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stop.set())
    try:
        supervisor.start()
        click.echo(
            f"Regulars is up.\n  admin     {supervisor.address}/admin/\n  data      {folder.path}\nCtrl-C stops it."
        )
        while not stop.wait(1):
            supervisor.look_after()
    finally:
        supervisor.stop()
