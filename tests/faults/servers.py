"""Servers that may be cut off: a PostgreSQL whose commits outlive kill -9, and one that speaks TLS only."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from tests.embedded.house import alive, descendants
from tests.outbound.receiver import certificate_for
from tests.servers import PostgresServer, free_port, wait_until

_NOBODY = 65534


class DurablePostgres(PostgresServer):
    """What it said it committed has left its memory: with the suite's quick settings kill -9 would lose it."""

    def command(self) -> list[str]:
        return [*super().command(), "-c", "synchronous_commit=on", "-c", "full_page_writes=on"]

    def cut_off(self) -> None:
        """kill -9, the postmaster and everybody below it."""
        assert self.process is not None
        below = descendants(self.process.pid)
        self.kill()
        for pid in below:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(alive, below)), "a backend outlived its server")

    def gives_room(self, folder: Path, database: str) -> None:
        """Move a database to this folder, as the tablespace `small`; its log stays where it was."""
        place = folder / "tables"
        place.mkdir()
        if os.geteuid() == 0:
            os.chown(place, _NOBODY, _NOBODY)
        self.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        self.execute(f'ALTER DATABASE "{database}" SET TABLESPACE small')


class TlsPostgres(DurablePostgres):
    """Listens on a TCP port of the loopback and takes TLS connections only, under a certificate it made itself."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}?sslmode=require"

    def prepare(self) -> None:
        super().prepare()
        certificate, key = certificate_for("127.0.0.1", self.folder)
        shutil.copy(certificate, self.folder / "server.crt")
        shutil.copy(key, self.folder / "server.key")
        (self.folder / "server.key").chmod(0o600)
        if os.geteuid() == 0:
            os.chown(self.folder / "server.key", _NOBODY, _NOBODY)
        access = self.folder / "data" / "pg_hba.conf"
        access.write_text("local all all trust\nhostssl all all 127.0.0.1/32 trust\n")

    def command(self) -> list[str]:
        settings = [
            "listen_addresses=127.0.0.1", f"port={self.port}", "ssl=on", f"ssl_cert_file={self.folder}/server.crt",
            f"ssl_key_file={self.folder}/server.key",
        ]  # fmt: skip
        return [*super().command(), *(part for setting in settings for part in ("-c", setting))]

    def execute(self, statement: str) -> None:
        where = {"host": str(self.folder), "port": str(self.port), "user": "postgres", "dbname": "postgres"}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(statement.encode())

    def asks(self, url: str) -> bool:
        """Connect as a client does; whether the connection is encrypted."""
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            row = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
        return bool(row and row[0])

    def speaks_tls(self) -> bool:
        """Whether these binaries were built with TLS: the wheel's were not."""
        shown = subprocess.run(
            [str(self.programs / "pg_config"), "--configure"], capture_output=True, text=True, check=False
        )
        return "--with-openssl" in shown.stdout or "--with-ssl=openssl" in shown.stdout


class SmallDisk:
    """A disk of a few MiB that one can fill to the last byte and empty again. Only root may mount one."""

    def __init__(self, mebibytes: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))  # where PostgreSQL's user may look, too
        self.folder.chmod(0o755)
        command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=777", "tmpfs", str(self.folder)]
        mounted = subprocess.run(command, capture_output=True, check=False)
        self.works = mounted.returncode == 0

    def fill(self) -> None:
        """Take every byte that is left."""
        with (self.folder / "filler").open("ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"\0" * 4096)
            except OSError:
                return

    def empty(self) -> None:
        """Give the space back."""
        (self.folder / "filler").unlink()

    def unmount(self) -> None:
        """Let go of it, also while somebody still looks at it."""
        if self.works:
            subprocess.run(["umount", "--lazy", str(self.folder)], capture_output=True, check=False)
        self.folder.rmdir()


def freeze(*pids: int) -> None:
    """SIGSTOP: it neither works nor dies."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + 5
    while not all(_is_stopped(pid) for pid in pids):
        assert time.monotonic() < deadline, "it did not stop"
        time.sleep(0.01)


def thaw(*pids: int) -> None:
    """SIGCONT."""
    for pid in pids:
        if alive(pid):
            os.kill(pid, signal.SIGCONT)


def parent_of(pid: int) -> int:
    """Whose child it is now."""
    return int(_stat(pid)[1])


def _is_stopped(pid: int) -> bool:
    return _stat(pid)[0] == "T"


def _stat(pid: int) -> list[str]:
    """State, parent and so on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
