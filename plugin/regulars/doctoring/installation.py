"""Settings, files, versions, mail: what can be wrong before any database is asked."""

import os
import shutil
import smtplib
import zoneinfo
from email.utils import parseaddr
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

from regulars import gauges, runtime
from regulars.doctoring.checks import some
from regulars.embedded.folder import DataFolder

_RQ_FROM, _RQ_BEFORE = (2, 12), (4,)
_SMTP_SECONDS = 5.0
_LEAST_FREE_BYTES = 1 << 30
_OTHERS = 0o077
_MOUNTS = Path("/proc/self/mountinfo")

#: File systems on which SQLite's locks and its shared memory do not hold between machines, or not at all.
_NETWORK = {
    "9p",
    "afs",
    "ceph",
    "cifs",
    "fuse.glusterfs",
    "fuse.s3fs",
    "fuse.sshfs",
    "lustre",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
}


def test_clock() -> str | None:
    """A clock that stands still makes leases, holds and signatures wrong."""
    name = os.environ.get("REGULARS_TEST_CLOCK")
    return f"REGULARS_TEST_CLOCK is set in mode {_mode()}" if name and _mode() != "test" else None


def debug() -> str | None:
    """Flask's debugger runs what a stranger types."""
    return "Flask's debug mode is on in production" if current_app.debug and _mode() == "production" else None


def public_url() -> str | None:
    """Shops must be told where to send webhooks, and browsers send cookies only over TLS."""
    url = runtime.current().settings.public_url
    if not url:
        return "no public address is set, so shops cannot be told where to send webhooks"
    return f"{url} is not https in production" if _mode() == "production" and not url.startswith("https:") else None


def secret_files() -> str | None:
    """Keys that others on this machine can read."""
    named = [Path(path) for name, path in os.environ.items() if name.startswith("REGULARS_") and name.endswith("_FILE")]
    files = [file for file in (*named, DataFolder.from_environment().root_key_file) if file.is_file()]
    open_ones = sorted({str(file) for file in files if file.stat().st_mode & _OTHERS})
    return f"others may read {some(open_ones)}" if open_ones else None


def time_zones() -> str | None:
    """Every rule is in a shop's zone; without data no shop works."""
    try:
        zoneinfo.ZoneInfo("Europe/Prague")
    except zoneinfo.ZoneInfoNotFoundError:
        return "this machine has no time zone data"
    return None


def rq_version() -> str | None:
    """What RQ promises its callers changes with its first number."""
    version = metadata.version("rq")
    number = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return None if _RQ_FROM <= number < _RQ_BEFORE else f"rq {version} is installed"


def mail_server() -> str | None:
    """Whether letters can leave; it connects and says hello, nothing is sent."""
    settings = runtime.current().settings
    if not settings.smtp_url:
        return "none is set, so letters are skipped"
    address = urlsplit(settings.smtp_url)
    kind = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
    port = address.port or (465 if address.scheme == "smtps" else 587)
    try:
        with kind(address.hostname or "", port, timeout=_SMTP_SECONDS) as server:
            server.noop()
    except (smtplib.SMTPException, OSError) as error:
        return f"{address.hostname}:{port} does not answer ({type(error).__name__})"
    return None


def mail_sender() -> str | None:
    """Letters need somebody they are from."""
    sender = runtime.current().settings.mail_from
    if not sender:
        return "none is set, so letters are skipped"
    return None if "@" in parseaddr(sender)[1].strip("@") else "REGULARS_MAIL_FROM holds no address"


def disk_space() -> str | None:
    """A full disk stops SQLite; nothing is lost, but nothing is kept either."""
    file = gauges.sqlite_file()
    if file is None:
        return None
    free = shutil.disk_usage(file.parent).free
    return f"{free / (1 << 20):,.0f} MiB are free where {file} lies" if free < _LEAST_FREE_BYTES else None


def sqlite_place() -> str | None:
    """SQLite's write-ahead log needs memory shared by all its processes: one machine, a disk of its own."""
    file = gauges.sqlite_file()
    if file is None or not _MOUNTS.exists():
        return None
    kind = filesystem(file.parent, _MOUNTS.read_text(encoding="utf-8"))
    return f"{file} lies on {kind}, a network file system" if kind in _NETWORK else None


def filesystem(folder: Path, mounts: str) -> str:
    """The kind of file system a folder lies on, by the text of /proc/self/mountinfo; the deepest mount, the last one wins."""
    deepest, kind = "", ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        place = left.split()[4].replace("\\040", " ")
        if len(place) >= len(deepest) and folder.is_relative_to(place):
            deepest, kind = place, right.split()[0]
    return kind


def _mode() -> str:
    return runtime.current().settings.mode
