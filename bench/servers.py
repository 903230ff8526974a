"""The servers of the bench: a durable PostgreSQL, queue servers, and the two sides' own processes."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from tests.servers import PostgresServer, Server, ValkeyServer, free_port, wait_until

ROOT = Path(__file__).resolve().parents[1]

#: This checkout before any other that may be installed.
_SOURCES = os.pathsep.join(str(ROOT / part) for part in (".", "plugin", "webhooks", "admin"))
_PATIENCE_SECONDS = 120.0

__all__ = ["ROOT", "DurablePostgres", "Finished", "Installation", "QueueWorker", "ValkeyServer", "WebServer", "run"]


class DurablePostgres(PostgresServer):
    """PostgreSQL as in production: every commit is on the disk before it is answered, autovacuum runs."""

    def command(self) -> list[str]:
        """Durable, only a Unix socket, memory for a database of some gigabytes."""
        settings = {
            "listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "shared_buffers": "1GB",
            "max_wal_size": "8GB", "checkpoint_timeout": "15min", "max_connections": "200", "timezone": "UTC",
        }  # fmt: skip
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *flags]


def clean(environment: dict[str, str]) -> dict[str, str]:
    """This process's environment with nothing in it that would set either side up otherwise."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("REGULARS_", "YARDSTICK_"))}
    return ours | {"PYTHONPATH": _SOURCES, "TZ": "UTC"} | environment


@dataclass(frozen=True)
class Finished:
    """A command that ran to its end: what it printed, how long it took, and the most memory it ever had."""

    printed: str
    seconds: float
    cpu_seconds: float
    peak_mib: float


def run(arguments: Sequence[str], environment: dict[str, str]) -> Finished:
    """Run one of this Python's modules to its end. Raises CalledProcessError when it says no."""
    begun = time.monotonic()
    with tempfile.TemporaryFile(mode="w+") as told, tempfile.NamedTemporaryFile(mode="r") as peak_kib:
        command = [sys.executable, "-m", "bench.peak", peak_kib.name, sys.executable, "-m", *arguments]
        child = subprocess.Popen(command, env=clean(environment), stdin=subprocess.DEVNULL, stdout=told, stderr=told)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        printed, peak_mib = told.read(), float(peak_kib.read() or 0) / 1024
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, f"{arguments}: {printed[-1500:]}")
    seconds = time.monotonic() - begun
    return Finished(printed, seconds, usage.ru_utime + usage.ru_stime, peak_mib)


class Process(Server):
    """A child of the bench with an environment of its own, run from the project's root."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        super().__init__()
        self._arguments = list(arguments)
        self._environment = clean(environment)

    def start(self) -> None:
        """Start and come back when it answers, with patience: several start at once on few cores. Raises TimeoutError."""
        self.process = self.spawn(self.command())
        try:
            wait_until(self.answers, f"{self._arguments[0]} did not answer", seconds=_PATIENCE_SECONDS)
        except TimeoutError as error:
            self.stop()
            raise TimeoutError(f"{error}: {self.log.read_text(errors='replace')[-2000:]}") from error

    @property
    def pid(self) -> int:
        """Of its first process."""
        assert self.process is not None, "it runs"
        return self.process.pid

    def command(self) -> list[str]:
        """This Python, with the arguments."""
        return [sys.executable, "-m", *self._arguments]

    def spawn(self, command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        """With its environment."""
        return super().spawn(command, env=self._environment, **options)


class WebServer(Process):
    """A web server that answers /healthz on its port."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str], port: int) -> None:
        super().__init__(arguments, environment)
        self.port = port

    def answers(self) -> bool:
        """Whether it says that it is well."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class QueueWorker(Process):
    """A worker that has signed on at its queue server."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str], redis_url: str) -> None:
        super().__init__(arguments, environment)
        self._redis_url = redis_url
        self._before = self._signed_on()

    def answers(self) -> bool:
        """Whether there is one more than before."""
        return self._signed_on() > self._before

    def _signed_on(self) -> int:
        with redis.Redis.from_url(self._redis_url) as client:
            return int(client.scard("rq:workers"))


class Installation:
    """One side's own processes: a queue server, a web server, a worker; nothing runs before `start`."""

    def __init__(self, *, serves: bool, workers: int) -> None:
        self.queue = ValkeyServer()
        self.port = free_port()
        self.environment: dict[str, str] = {}
        self._serves = serves
        self._web: WebServer | None = None
        self._wanted_workers = workers
        self._workers: list[QueueWorker] = []

    def web_command(self) -> list[str]:
        """The module and the arguments of its web server."""
        raise NotImplementedError

    def worker_command(self) -> list[str]:
        """The module and the arguments of its worker."""
        raise NotImplementedError

    def start(self) -> None:
        """The queue server, the web server, the worker."""
        self.queue.start()
        if self._serves:
            self._web = WebServer(self.web_command(), self.environment, self.port)
            self._web.start()
        for _ in range(self._wanted_workers):
            self._workers.append(QueueWorker(self.worker_command(), self.environment, self.queue.url))
            self._workers[-1].start()

    def stop(self) -> None:
        """All of them."""
        for process in (*self._workers, self._web, self.queue):
            if process is not None:
                process.discard()

    @property
    def roots(self) -> Mapping[str, int]:
        """The first process of each role that runs."""
        roles: dict[str, Server | None] = {"web": self._web, "queue": self.queue}
        roles |= {f"worker{number or ''}": one for number, one in enumerate(self._workers)}
        return {role: one.process.pid for role, one in roles.items() if one is not None and one.process}

    def words(self) -> str:
        """What its web server wrote into its log."""
        return self._web.log.read_text(errors="replace") if self._web else ""
