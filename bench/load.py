"""The load: signed requests written into a file beforehand, sent by wrk, so that the generator costs next to nothing."""

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.prepare import find_wrk

_SCRIPT = Path(__file__).with_name("load.lua")
_TIMEOUT_SECONDS = 30


class LoadFailed(Exception):
    """Answers were missing or not 2xx: such a run measures nothing."""


@dataclass(frozen=True)
class Load:
    """How one run went: latencies in milliseconds, from the moment a request was sent; CPU of the generator in seconds.

    At a steady pace `late_ms` is how long after its time the latest request was sent, because all connections waited for
    answers or the generator for a core; `tardy` requests were more than 50 ms late.
    """

    answered: int
    refused: int
    broken: int
    seconds: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    late_ms: float
    tardy: int
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second, from the first request to the last answer."""
        return self.answered / self.seconds

    @property
    def p99_from_its_time_ms(self) -> float:
        """The same from the moment at which a request was due, at most: no wait is left out because nobody could send."""
        return self.p99_ms + (self.late_ms if self.tardy * 100 > self.answered else 0.0)

    @property
    def trouble(self) -> str:
        """A sentence when not every request was answered with 2xx; else nothing."""
        if self.refused or self.broken:
            return f"{self.refused} of {self.answered} answers were not 2xx, {self.broken} connections broke"
        return ""


def post(path: str, body: bytes, headers: Iterable[tuple[str, str]]) -> bytes:
    """One POST of JSON as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def get(path: str, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """One GET as it goes over the wire."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode()


def write(path: Path, requests: Iterable[bytes]) -> Path:
    """Keep requests where wrk finds them; the path."""
    with path.open("wb") as file:
        for one in requests:
            file.write(f"{len(one):08d}".encode())
            file.write(one)
    return path


def start(
    port: int, file: Path, total: int, *, connections: int, rate: float = 0.0, again: bool = False, seconds: int = 600
) -> "subprocess.Popen[bytes]":
    """Begin to send `total` requests over so many connections: as fast as answers come, or `rate` a second."""
    program = find_wrk()
    if program is None:
        raise FileNotFoundError("wrk is missing: apt-get install wrk")
    command = [
        program, "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={_TIMEOUT_SECONDS}s", f"-s{_SCRIPT}",
        f"http://127.0.0.1:{port}/", "--", str(file), str(total), str(rate), "again" if again else "once",
    ]  # fmt: skip
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def finish(running: "subprocess.Popen[bytes]") -> Load:
    """Wait for its end. Raises LoadFailed when it told nothing."""
    assert running.stdout is not None, "start() opens it"
    told = running.stdout.read().decode()
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    line = next((line for line in reversed(told.splitlines()) if line.startswith("{")), None)
    if line is None:
        raise LoadFailed(f"wrk said nothing of use: {told[-1000:]}")
    said = json.loads(line)
    return Load(
        said["answered"], said["refused"], said["broken"], said["seconds"], said["p50_us"] / 1000, said["p99_us"] / 1000,
        said["worst_us"] / 1000, said["late_s"] * 1000, said["tardy"], usage.ru_utime + usage.ru_stime,
    )  # fmt: skip


def send(port: int, file: Path, total: int, *, connections: int, again: bool = False) -> Load:
    """Send them all and wait. Raises LoadFailed when one was not answered with 2xx."""
    load = finish(start(port, file, total, connections=connections, again=again))
    if load.trouble or load.answered != total:
        raise LoadFailed(load.trouble or f"{load.answered} of {total} requests were answered")
    return load
