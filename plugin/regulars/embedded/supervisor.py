"""One parent for the processes of the embedded set-up: starts them, starts again what dies, stops them in order."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from urllib.error import URLError
from urllib.request import urlopen

import structlog

from regulars.embedded import queue
from regulars.embedded.folder import DataFolder

log = structlog.get_logger("regulars.up")

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_CALM_SECONDS = 1.0  # between two starts of the same process, so that a broken one does not spin


@dataclass
class Supervisor:
    """Owns the queue server, the web, the worker and the clock of one data folder."""

    folder: DataFolder
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    _commands: dict[str, list[str]] = field(default_factory=dict)
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _started_at: dict[str, float] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where the web answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start everything and wait until the web is ready. Raises TimeoutError when it does not come up."""
        self.environment = os.environ | {"REGULARS_DATA": str(self.folder.path)} | self.environment
        self.environment.setdefault("REGULARS_PUBLIC_URL", self.address)
        self._start_queue()
        ours = [sys.executable, "-m", "regulars"]
        self._commands |= {"web": [*ours, "web", "--port", str(self.port)], "clock": [*ours, "clock"]}
        if "REGULARS_REDIS_URL" in self.environment:
            self._commands["worker"] = [*ours, "worker"]
        for name in self._commands:
            self._start(name)
        self._wait(lambda: _ready(self.address), "the web")

    def _start_queue(self) -> None:
        command = queue.command(self.folder.queue_folder)
        if command is None:
            return
        self.environment["REGULARS_REDIS_URL"] = queue.url(self.folder.queue_folder)
        if not queue.answers(self.folder.queue_folder):
            self._commands["queue"] = command
            self._start("queue")
            self._wait(lambda: queue.answers(self.folder.queue_folder), "the queue server")

    def _start(self, name: str) -> None:
        self._started_at[name] = time.monotonic()
        self._running[name] = subprocess.Popen(self._commands[name], env=self.environment, start_new_session=True)

    def _wait(self, true, what: str) -> None:  # type: ignore[no-untyped-def]
        deadline = time.monotonic() + _START_SECONDS
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not come up within {_START_SECONDS:.0f} seconds")
            time.sleep(0.05)

    def look_after(self) -> None:
        """Start again whatever has died. Call it every second or so."""
        for name, process in list(self._running.items()):
            calm = time.monotonic() - self._started_at[name] > _CALM_SECONDS
            if process.poll() is not None and calm:
                log.warning("process_died", name=name, code=process.returncode)
                self._start(name)

    def stop(self) -> None:
        """Stop everything, the queue server last."""
        for name in sorted(self._running, key=lambda name: name == "queue"):
            process = self._running[name]
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/healthz", timeout=1) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
