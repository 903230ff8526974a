"""A loopback receiver of webhooks: keeps what it hears, answers as it is told."""

import datetime as dt
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Lock, Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_LONGEST_HOLD_SECONDS = 60.0
PKCS8, PEM = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM


@dataclass
class Receiver:
    """What it heard, and what it will say: status and headers; `silence_seconds` before it does.

    It keeps what it hears before it answers, as the other side commits before we know: `holds` so many answers until
    `gate` is open, `cuts` so many connections instead of answering, and gives the `answers` before it says `status`.
    """

    port: int = 0
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    silence_seconds: float = 0.0
    drips: bool = False
    holds: int = 0
    cuts: int = 0
    answers: list[int] = field(default_factory=list)
    gate: Event = field(default_factory=Event)
    times: list[float] = field(default_factory=list)  # of each call, monotonic
    _lock: Lock = field(default_factory=Lock)

    def url(self, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """Its address under a name of the caller's choice."""
        return f"{scheme}://{host}:{self.port}/hooks?of=shop"

    @property
    def ids(self) -> list[str]:
        """The webhook-id of each call: one that came before is a repeat, and has no second effect."""
        return [headers["webhook-id"] for _, headers, _ in self.heard]

    def takes_one(self, of: str) -> bool:
        """Whether one more of `holds` or `cuts` is left, and takes it."""
        with self._lock:
            left: int = getattr(self, of)
            setattr(self, of, max(left - 1, 0))
        return left > 0

    def next_status(self) -> int:
        """What this call is answered with."""
        with self._lock:
            return self.answers.pop(0) if self.answers else self.status


@contextmanager
def receiving(certificate: tuple[Path, Path] | None = None) -> Iterator[Receiver]:
    """Listen on a free port, with TLS when there is a certificate (its file, its key's file)."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.times.append(time.monotonic())
            receiver.heard.append((self.path, dict(self.headers), body))
            if receiver.takes_one("holds"):
                receiver.gate.wait(_LONGEST_HOLD_SECONDS)
            if receiver.takes_one("cuts"):
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            time.sleep(receiver.silence_seconds)
            (self._drip if receiver.drips else self._answer)()

        def _answer(self) -> None:
            self.send_response(receiver.next_status())
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.body)

        def _drip(self) -> None:
            for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100:
                time.sleep(0.05)
                self.wfile.write(bytes([letter]))

        def log_message(self, *_words: object) -> None:
            """Nothing: the test tells."""

    server = _listening(Handler, certificate)
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_who: object) -> None:
        """A caller who hangs up is what some tests are about."""


def _listening(handler: type[BaseHTTPRequestHandler], certificate: tuple[Path, Path] | None) -> ThreadingHTTPServer:
    server = _Server(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def certificate_for(name: str, folder: Path) -> tuple[Path, Path]:
    """A certificate that signs itself, for a name or an IP address; its file and its key's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    alternative = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(PEM))
    files[1].write_bytes(key.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    return files
