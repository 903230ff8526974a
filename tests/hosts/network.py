"""Several hosts on this machine: network namespaces on one bridge, with PostgreSQL and Valkey on the bridge itself.

Needs root and iproute2. A host that is cut off keeps running and hears nothing: no goodbye reaches the servers.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import redis

from tests.embedded.house import Process
from tests.servers import PostgresServer, ValkeyServer, free_port

_NUMBERS = count(1)
_OURS = os.getpid()  # tests run in several processes at once: each has a network of its own
_NETWORK = f"10.{100 + _OURS // 250 % 100}.{_OURS % 250}"
SERVERS = f"{_NETWORK}.1"  # where PostgreSQL and Valkey listen
WEB_PORT = 8000


def can_be_made() -> bool:
    """Whether this machine lets us make network namespaces."""
    if shutil.which("ip") is None:
        return False
    made = subprocess.run(["ip", "netns", "add", probe := f"regulars-probe-{_OURS}"], capture_output=True, check=False)
    _quietly("ip", "netns", "del", probe)
    return made.returncode == 0


class PostgresOnNetwork(PostgresServer):
    """PostgreSQL for the hosts of the bridge."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    def address(self, database: str) -> str:
        """One database, for a host."""
        return f"postgresql+psycopg://postgres@{SERVERS}:{self.port}/{database}"

    def url(self, database: str) -> str:
        """The same one, for this process."""
        return f"{super().url(database)}&port={self.port}"

    def execute(self, statement: str) -> None:
        """One statement of the superuser, outside a transaction."""
        where = {"host": str(self.folder), "port": self.port, "user": "postgres", "dbname": "postgres"}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(statement.encode())

    def prepare(self) -> None:
        """Let the whole bridge in."""
        super().prepare()
        with (self.folder / "data" / "pg_hba.conf").open("a", encoding="ascii") as rules:
            rules.write(f"host all all {_NETWORK}.0/24 trust\n")

    def command(self) -> list[str]:
        """Also on the bridge."""
        return [*super().command(), "-c", f"listen_addresses={SERVERS}", "-c", f"port={self.port}"]


class ValkeyOnNetwork(ValkeyServer):
    """Valkey for the hosts of the bridge."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    @property
    def address(self) -> str:
        """For a host."""
        return f"redis://{SERVERS}:{self.port}/0"

    def command(self) -> list[str]:
        """Also on the bridge."""
        return [*super().command(), "--port", str(self.port), "--bind", SERVERS, "--protected-mode", "no"]

    def answers(self) -> bool:
        """Whether it says PONG on the bridge."""
        try:
            with redis.Redis.from_url(self.address, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


class Host:
    """One host on the bridge, with an address of its own and our processes on it."""

    def __init__(self, bridge: str, number: int, environment: dict[str, str], folder: Path) -> None:
        self.name = f"{bridge}h{number}"
        self.ip = f"{_NETWORK}.{10 + number}"
        self.environment = environment
        self.folder = folder / self.name
        self.folder.mkdir()
        self.processes: dict[str, Process] = {}
        self._cable = f"{bridge}c{number}"
        _run("ip", "netns", "add", self.name)
        _run("ip", "link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _run("ip", "link", "set", self._cable, "master", bridge, "up")
        self._inside("ip", "addr", "add", f"{self.ip}/24", "dev", "eth0")
        self._inside("ip", "link", "set", "eth0", "up")
        self._inside("ip", "link", "set", "lo", "up")

    @property
    def address(self) -> str:
        """Where its web answers."""
        return f"http://{self.ip}:{WEB_PORT}"

    def starts(self, name: str, *arguments: str) -> Process:
        """Start `regulars NAME …` on it."""
        return self._starts(name, Process([name, *arguments], self.environment, self._log(name), self.folder))

    def runs(self, name: str, script: str) -> Process:
        """Start a Python script on it."""
        program = (sys.executable, "-c")
        return self._starts(name, Process([script], self.environment, self._log(name), self.folder, program=program))

    def _starts(self, name: str, process: Process) -> Process:
        process.inside = ("ip", "netns", "exec", self.name)
        process.start()
        self.processes[name] = process
        return process

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def opens(self) -> None:
        """Start web, worker and clock."""
        self.starts("web", "--host", self.ip, "--port", str(WEB_PORT), "--workers", "1")
        self.starts("worker")
        self.starts("clock")

    def is_cut_off(self) -> None:
        """Pull its cable."""
        _run("ip", "link", "set", self._cable, "down")

    def is_back(self) -> None:
        """Put the cable in again."""
        _run("ip", "link", "set", self._cable, "up")

    def is_killed(self) -> None:
        """Without a goodbye."""
        for process in self.processes.values():
            process.kill()

    def gone(self) -> None:
        """Nothing of it stays."""
        self.is_killed()
        _quietly("ip", "netns", "del", self.name)
        _quietly("ip", "link", "del", self._cable)

    def _inside(self, *command: str) -> None:
        _run("ip", "netns", "exec", self.name, *command)


@contextmanager
def bridge() -> Iterator[str]:
    """A network of its own for the hosts; its name."""
    name = f"rgl{_OURS % 1_000_000}n{next(_NUMBERS)}"  # with a host's letter and number, 15 symbols at most
    _run("ip", "link", "add", name, "type", "bridge")
    try:
        _run("ip", "addr", "add", f"{SERVERS}/24", "dev", name)
        _run("ip", "link", "set", name, "up")
        yield name
    finally:
        _quietly("ip", "link", "del", name)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _quietly(*command: str) -> None:
    subprocess.run(command, check=False, capture_output=True)
