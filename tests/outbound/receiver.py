"""A loopback receiver of webhooks: keeps what it hears, answers as it is told."""

import datetime as dt
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PKCS8, PEM = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM


@dataclass
class Receiver:
    """What it heard, and what it will say: status and headers; `silence_seconds` before it does."""

    port: int = 0
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    silence_seconds: float = 0.0
    drips: bool = False

    def url(self, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """Its address under a name of the caller's choice."""
        return f"{scheme}://{host}:{self.port}/hooks?of=shop"


@contextmanager
def receiving(certificate: tuple[Path, Path] | None = None) -> Iterator[Receiver]:
    """Listen on a free port, with TLS when there is a certificate (its file, its key's file)."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append((self.path, dict(self.headers), body))
            time.sleep(receiver.silence_seconds)
            if receiver.drips:
                self._drip()
                return
            self.send_response(receiver.status)
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

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_who: object) -> None:
            """A caller who hangs up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


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
