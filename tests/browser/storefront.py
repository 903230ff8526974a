"""A storefront page under a strict CSP, with recorded answers of Regulars behind it: the seam of the widget's tests."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parents[2] / "plugin" / "regulars" / "storefront" / "static"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Kavárna Morava</title><script src="/storefront/widget.js" defer></script>
<h1>Kavárna Morava</h1><p>Coffee, slowly.</p>
<regulars-widget shop="kavarna-morava" token-url="/token" login-url="/login" currency="EUR"></regulars-widget>"""

PROGRAM = {
    "unit": "points",
    "earn": [
        {"kind": "order", "points_per_unit": "1", "currency": "EUR"},
        {"kind": "review", "points": 50},
    ],
    "rewards": [
        {"id": "five-off", "name": "€5 off", "cost": 500, "kind": "amount_off", "value": "5.00"},
        {"id": "mug", "name": "A stoneware mug", "cost": 1200, "kind": "gift", "value": "mug"},
    ],
    "tiers": [
        {"name": "Silver", "at": 500, "multiplier": "1", "perks": []},
        {"name": "Gold", "at": 2000, "multiplier": "1.25", "perks": ["free_shipping", "early_access"]},
    ],
}
ORDERS = [
    {"id": "o2", "name": "#1042", "placed_at": "2026-11-12T09:30:00Z", "total": "38.40", "currency": "EUR",
     "lines": [{"title": "Ethiopia Guji, 250 g", "quantity": 2}, {"title": "Paper filters", "quantity": 1}]},
    {"id": "o1", "name": "#1007", "placed_at": "2026-09-02T14:10:00Z", "total": "62.00", "currency": "EUR",
     "lines": [{"title": "Moka pot for three", "quantity": 1}]},
]  # fmt: skip
ADA: dict[str, Any] = {
    "customer": {"name": "Ada"},
    "points": {
        "available": 740, "pending": 38, "reserved": 0, "debt": 0,
        "expiring": [{"points": 120, "on": "2027-01-05"}],
        "releasing": [{"points": 38, "on": "2026-11-26"}],
    },
    "tier": {"name": "Silver", "until": None, "multiplier": "1",
             "progress": {"next": "Gold", "missing": 1222, "reached": 778, "at": 2000}},
    "stage": "retain",
    "rewards": [
        {"id": "five-off", "name": "€5 off", "cost": 500, "affordable": True, "missing": 0},
        {"id": "mug", "name": "A stoneware mug", "cost": 1200, "affordable": False, "missing": 460},
    ],
    "redemptions": [],
    "history": [
        {"at": "2026-11-12T09:30:05Z", "points": 38, "kind": "earn",
         "why": "Order #1042: €38.40 at 1 point per €1.00, rounded down."},
        {"at": "2026-10-01T08:00:00Z", "points": -20, "kind": "clawback",
         "why": "Order #1007: the paper filters were returned."},
        {"at": "2026-09-20T17:45:00Z", "points": 50, "kind": "earn", "why": "Your review of the moka pot."},
    ],
    "referral": None,
    "orders": ORDERS,
    "complaints": [],
}  # fmt: skip
RECEIPT = {"id": "c1", "status": "new", "reference": "KM-7F3A"}


@dataclass
class Asked:
    """One request the page made."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Storefront:
    """What is answered, and what was asked. `answers` maps "METHOD /path" to answers; the last one is repeated."""

    url: str = ""
    lang: str = "en"
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)

    def says(self, question: str, *answers: tuple[int, Any]) -> None:
        """From now on `question` gets these answers in turn."""
        self.answers[question] = list(answers)

    def paths(self) -> list[str]:
        """Every path asked for, in order, but the browser's own favicon."""
        return [asked.path for asked in self.asked if asked.path != "/favicon.ico"]

    def to(self, path: str) -> list[Asked]:
        """The requests to one path."""
        return [asked for asked in self.asked if asked.path == path]

    def answer(self, question: str) -> tuple[int, Any]:
        """The next recorded answer to a question; 404 where there is none."""
        waiting = self.answers.get(question, [(404, {})])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


def _handler(shop: Storefront) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            shop.asked.append(Asked(self.command, self.path, dict(self.headers), body))
            file = STATIC / self.path.rpartition("/")[2]
            if self.path == "/":
                self._send(200, "text/html; charset=utf-8", PAGE.format(lang=shop.lang).encode())
            elif file.suffix == ".js" and file.is_file():
                self._send(200, "text/javascript; charset=utf-8", file.read_bytes())
            else:
                status, answer = shop.answer(f"{self.command} {self.path}")
                self._send(status, "application/json", json.dumps(answer).encode())

        def _send(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Security-Policy", CSP)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """The requests are kept in `asked`; nothing is printed."""

    return Handler


@contextmanager
def storefront() -> Iterator[Storefront]:
    """A shop where Ada is logged in, on a free port of the loopback."""
    shop = Storefront()
    shop.says("GET /token", (200, {"token": "first"}))
    shop.says("GET /storefront/kavarna-morava/program", (200, PROGRAM))
    shop.says("GET /storefront/kavarna-morava/me", (200, ADA))
    shop.says("POST /storefront/kavarna-morava/complaints", (201, RECEIPT))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(shop))
    shop.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
