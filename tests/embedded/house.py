"""Regulars as its own processes, as an operator starts them: web, worker and clock, or all of them by `up`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from flask import Flask

from regulars import clock
from regulars.keys import new_root_key
from regulars.standalone import create_app
from tests.servers import free_port, wait_until
from tests.world import TestClock, World, WorldShop

PATIENCE_SECONDS = 60.0
QUICK = {
    "REGULARS_SWEEP_SECONDS": "0.5",
    "REGULARS_LEASE_SECONDS": "2",
    "REGULARS_HEARTBEAT_SECONDS": "0.5",
    "REGULARS_BACKOFF_SECONDS": "0.5",
}


@dataclass
class Process:
    """One `regulars …` of its own, in a session of its own."""

    arguments: list[str]
    environment: dict[str, str]
    log: Path
    folder: Path
    popen: "subprocess.Popen[bytes] | None" = None
    inside: tuple[str, ...] = ()  # the command that puts it somewhere else, like another host
    program: tuple[str, ...] = (sys.executable, "-m", "regulars")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [*self.inside, *self.program, *self.arguments],
                env=clean_environment() | self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        assert self.popen is not None
        return self.popen.pid

    def says(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; gives its exit code."""
        assert self.popen is not None
        self.popen.send_signal(how)
        return self.popen.wait(30)

    def kill(self) -> None:
        """Without a goodbye, and whatever it has left behind."""
        if self.popen is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()


def clean_environment() -> dict[str, str]:
    """This environment without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}


def descendants(pid: int) -> set[int]:
    """Every living process below this one."""
    found: set[int] = set()
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    todo = [pid]
    while todo:
        fresh = children.get(todo.pop(), [])
        found.update(fresh)
        todo += fresh
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class HttpClient:
    """Posts as the test client does, but over the wire."""

    def __init__(self, base: str) -> None:
        self.base = base

    def post(self, path: str, *, data: bytes, headers: dict[str, str], content_type: str) -> requests.Response:
        return requests.post(self.base + path, data=data, headers=headers | {"Content-Type": content_type}, timeout=20)


@dataclass
class House:
    """A set-up of separate processes on one database and one queue server."""

    app: Flask
    environment: dict[str, str]
    folder: Path
    port: int = field(default_factory=free_port)
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def starts(self, name: str, *arguments: str) -> Process:
        """Start `regulars NAME …`."""
        process = Process([name, *arguments], self.environment, self.folder / f"{name}.log", self.folder)
        process.start()
        self.processes[name] = process
        return process

    def opens(self, *, forking: bool = False) -> None:
        """Start web, worker and clock, and wait for the web."""
        self.starts("web", "--port", str(self.port))
        self.starts("worker", *(["--forking"] if forking else []))
        self.starts("clock")
        wait_until(self.is_ready, "the web was not ready", seconds=PATIENCE_SECONDS)

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.address}/healthz", timeout=1).status_code == 200
        except requests.RequestException:
            return False

    def shop(self) -> WorldShop:
        """A shop of the cast whose webhooks go over HTTP."""
        world = World(self.app, TestClock(self.folder / "no-test-clock", clock.now()))
        world.client = HttpClient(self.address)  # type: ignore[assignment]
        shop = world.shop()
        world.clock.moment = clock.now()  # an order from before the shop was here is history
        return shop

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()


@contextmanager
def house(folder: Path, **settings: Any) -> Iterator[House]:
    """A house that nobody lives in afterwards."""
    environment = {"REGULARS_ROOT_KEY": new_root_key(), "REGULARS_DATA": str(folder / "data")} | QUICK | settings
    app = create_app(dict(environment))
    made = House(app, environment, folder)
    try:
        yield made
    finally:
        made.close()
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()
