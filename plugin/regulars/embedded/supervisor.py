"""One parent for the processes of the embedded set-up: starts them, starts again what dies, stops them in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import requests
import structlog

from regulars.embedded import leash, queue
from regulars.embedded.folder import DataFolder
from regulars.errors import SettingsError

log = structlog.get_logger("regulars.up")

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_CALM_SECONDS = 1.0  # between two starts of the same process, so that a broken one does not spin
_QUEUE = "queue"


@dataclass
class Supervisor:
    """Owns the queue server, the web, the worker and the clock of one data folder."""

    folder: DataFolder
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    log_file: Path | None = None  # where the children's words go; to our own output when left out
    told: threading.Event = field(default_factory=threading.Event)  # when set, start() waits for nothing more
    _commands: dict[str, list[str]] = field(default_factory=dict)
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _started_at: dict[str, float] = field(default_factory=dict)
    _lock: "IO[str] | None" = None
    _words: "IO[bytes] | None" = None

    @property
    def address(self) -> str:
        """Where the web answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def has_worker(self) -> bool:
        """Whether RQ workers drain; without a queue server a thread of the web does."""
        return "worker" in self._commands

    def process_ids(self) -> dict[str, int]:
        """Which process runs as what; an adopted queue server is not among them."""
        return {name: process.pid for name, process in self._running.items() if process.poll() is None}

    def start(self) -> None:
        """Start everything and wait until the web answers.

        Raises SettingsError when another supervisor owns the folder, or a process ends or tarries before it is up. Call
        `stop` in any case.
        """
        self._lock = self.folder.lock()
        self._words = self.log_file.open("ab") if self.log_file else None
        self.environment = os.environ | {"REGULARS_DATA": str(self.folder.path)} | self.environment
        self.environment.setdefault("REGULARS_PUBLIC_URL", self.address)
        self.environment.setdefault("PROMETHEUS_MULTIPROC_DIR", str(self.folder.fresh_metrics()))
        if not self.environment.get("REGULARS_REDIS_URL"):
            self._start_queue()
        ours = [sys.executable, "-m", "regulars"]
        commands = {"web": [*ours, "web", "--port", str(self.port)], "clock": [*ours, "clock"]}
        if self.environment.get("REGULARS_REDIS_URL"):
            commands["worker"] = [*ours, "worker"]
        self._commands |= commands
        for name in commands:
            self._start(name)
        self._wait("web", lambda: _answers(self.address))

    def _start_queue(self) -> None:
        command = queue.command(self.folder.queue_folder)
        if command is None:
            return
        self.environment["REGULARS_REDIS_URL"] = queue.url(self.folder.queue_folder)
        self._commands[_QUEUE] = command
        if not queue.answers(self.folder.queue_folder):
            self._start(_QUEUE)
            self._wait(_QUEUE, lambda: queue.answers(self.folder.queue_folder))

    def _start(self, name: str) -> None:
        self._started_at[name] = time.monotonic()
        command = [sys.executable, "-I", str(leash.__file__), str(os.getpid()), *self._commands[name]]
        with suppress(KeyError):
            self._kill_group(self._running[name])  # what a dead process left behind would hold its port
        self._running[name] = subprocess.Popen(
            command, env=self.environment, start_new_session=True, stdin=subprocess.DEVNULL, stdout=self._words,
            stderr=self._words,
        )  # fmt: skip

    def _wait(self, name: str, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not true():
            code = self._running[name].poll()
            if code is not None:
                where = f"; {self.log_file} says why" if self.log_file else ""
                raise SettingsError(f"The {name} process ended with code {code} before it was up{where}.")
            if time.monotonic() > deadline:
                raise SettingsError(f"The {name} process did not come up within {_START_SECONDS:.0f} seconds.")
            if self.told.wait(0.05):
                return

    def look_after(self) -> None:
        """Start again whatever has died. Call it every second or so."""
        for name in self._commands:
            process = self._running.get(name)
            calm = time.monotonic() - self._started_at.get(name, 0.0) > _CALM_SECONDS
            if process is None:
                gone = not queue.answers(self.folder.queue_folder)  # adopted: not our child, but ours to look after
            else:
                gone = process.poll() is not None
            if gone and calm:
                log.warning("process_died", name=name, code=process.returncode if process else None)
                self._start(name)

    def stop(self) -> None:
        """Stop everything, the queue server last, also one that was adopted."""
        ours = [process for name, process in self._running.items() if name != _QUEUE]
        self._end(ours)
        if _QUEUE in self._running:
            self._end([self._running[_QUEUE]])
        elif _QUEUE in self._commands:
            queue.shut_down(self.folder.queue_folder)
        if _QUEUE in self._commands:
            queue.tidy(self.folder.queue_folder)
        self._running.clear()
        for file in (self._words, self._lock):
            if file:
                file.close()

    def _end(self, processes: "list[subprocess.Popen[bytes]]") -> None:
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            self._kill_group(process)
            process.wait()

    def _kill_group(self, process: "subprocess.Popen[bytes]") -> None:
        """What is left of a child and its own children. Each child leads a process group of its own."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=1).ok
    except requests.RequestException:  # refused, reset, slow, or an answer that is none of ours
        return False
