"""The shop's own side of webhooks: signs each event as its platform does and delivers it, again where it was not kept."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from queue import Queue

from standardwebhooks.webhooks import Webhook

from regulars import clock
from regulars.demo.shop import SHOP, DemoEvent, utc_iso

_Lane = Queue["DemoEvent | None"]

_CONNECTIONS = 4
_AHEAD = 50
_TRIES = 12
_PAUSE_SECONDS = 0.5
_KEPT = 200


@dataclass(frozen=True, slots=True)
class Source:
    """Where one platform delivers to, and what it signs with."""

    path: str
    secret: str


@dataclass
class Tally:
    """What became of the deliveries."""

    answers: "Counter[int]" = field(default_factory=Counter)  # by HTTP status; 0 where none came
    ids: set[str] = field(default_factory=set)
    kept: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def repeated(self) -> int:
        """Deliveries that were kept already: the same id as an earlier one."""
        return self.kept - len(self.ids)

    def add(self, delivery_id: str, status: int) -> None:
        """Count one answer."""
        with self.lock:
            self.answers[status] += 1
            if status == _KEPT:
                self.kept += 1
                self.ids.add(delivery_id)


class Sender:
    """Delivers events over HTTP to one Regulars."""

    def __init__(self, port: int, sources: dict[str, Source]) -> None:
        self.tally = Tally()
        self._port = port
        self._sources = sources

    def send(self, events: Iterable[DemoEvent], told: Callable[[], object]) -> None:
        """Deliver everything; `told` is called after each event.

        Several connections, and what concerns one customer on one of them, in order.
        """
        lanes = [_Lane(maxsize=_AHEAD) for _ in range(_CONNECTIONS)]
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            running = [pool.submit(self._run, lane, told) for lane in lanes]
            for event in events:
                lanes[_concerns(event) % _CONNECTIONS].put(event)
            for lane in lanes:
                lane.put(None)
            for work in running:
                work.result()

    def _run(self, lane: "_Lane", told: Callable[[], object]) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            while (event := lane.get()) is not None:
                self._deliver(connection, event)
                told()
        finally:
            connection.close()

    def _deliver(self, connection: HTTPConnection, event: DemoEvent) -> None:
        """As shops do it: what is not kept is sent again, the same bytes under the same id."""
        body = json.dumps(event.body, ensure_ascii=False, separators=(",", ":")).encode()
        delivery_id = _delivery_id(event.topic, body)
        for attempt in range(_TRIES):
            headers = self._signed(event, body, delivery_id)
            status = _post(connection, self._sources[event.source].path, body, headers)
            self.tally.add(delivery_id, status)
            if status == _KEPT:
                return
            time.sleep(_PAUSE_SECONDS * (attempt + 1))

    def _signed(self, event: DemoEvent, body: bytes, delivery_id: str) -> dict[str, str]:
        secret = self._sources[event.source].secret
        if event.source == "standard":
            now = clock.now()  # the signature's own time: a delivery is fresh, however old what it tells
            signature = Webhook(secret).sign(delivery_id, now, body.decode())
            return {
                "Content-Type": "application/json", "webhook-id": delivery_id,
                "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature,
            }  # fmt: skip
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        return {
            "Content-Type": "application/json", "X-Shopify-Topic": event.topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(), "X-Shopify-Shop-Domain": SHOP.domain,
            "X-Shopify-API-Version": "2026-10", "X-Shopify-Webhook-Id": delivery_id,
            "X-Shopify-Triggered-At": utc_iso(event.at),
        }  # fmt: skip


def _concerns(event: DemoEvent) -> int:
    """A number for whom or what an event concerns."""
    body = event.body.get("data", event.body)
    who = body if event.topic.startswith("customers/") else body.get("customer") or body
    return int(who.get("id", 0))


def _delivery_id(topic: str, body: bytes) -> str:
    """The same event has the same id, however often it is delivered."""
    return f"{topic.replace('/', '-')}-{hashlib.sha256(topic.encode() + body).hexdigest()[:24]}"


def _post(connection: HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer; 0 where none came."""
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
    except (HTTPException, OSError):
        connection.close()  # the next request opens it again
        return 0
    return answer.status
