"""What the widget asks: a shopper's points, tier, rewards, history and orders; beside it a Flask hello on our own server."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench import history, load
from bench.cpu import Meter, shares
from bench.ours.side import SHOP, Ours
from bench.rows import Row
from bench.running import POSTGRES, Bench, ending, median, say, started
from bench.servers import WebServer
from bench.sides import LostSomething
from bench.yardstick.importing import import_lines
from bench.yardstick.side import GRANIAN, Yardstick
from tests.servers import free_port

_CONNECTIONS = 8
_ORDERS_EACH = 30
_LOOKED_AT = 5
_MOVEMENTS = 20  # the newest; how far back sixty entries reach depends on when holds were ended
_WANTED = {POSTGRES: 4.0}
_WANTED_ELSEWHERE = 2.5
_WANTED_OF_HELLO = 0.4


@dataclass
class Asker:
    """One server, what it is asked, how often, and how fast it answered each time."""

    name: str
    port: int
    path: str
    count: int
    meter: Meter
    rates: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    asked: int = 0

    def run(self, bench: Bench, tokens: list[str], count: int) -> float:
        """Ask so often, with each token in turn."""
        headers = [[("Authorization", f"Bearer {token}")] for token in tokens] or [[]]
        file = load.write(bench.file("asks"), [load.get(self.path, one) for one in headers])
        self.meter.start()
        answered = load.send(self.port, file, count, connections=_CONNECTIONS, again=True)
        self.meter.stop()
        self.rates.append(answered.rate)
        self.p99.append(answered.p99_ms)
        self.asked += count
        return answered.rate

    @property
    def cpu_us(self) -> float:
        """CPU of an answer, server and database, in microseconds."""
        return sum(self.meter.taken.values()) / self.asked * 1e6


def me(bench: Bench) -> Iterator[Row]:
    """Answers a second on each database, and the share of the hello."""
    for kind in bench.databases:
        say(f"me on {kind}")
        yield from _race(bench, kind)


def _race(bench: Bench, kind: str) -> Iterator[Row]:
    plain, ours = Yardstick(bench.database(kind)), Ours(bench.database(kind))
    tuned = Yardstick(plain.url, "tuned")  # the same rows by the same code, on granian
    told = history.write(bench.file("history.ndjson"), bench.sizes.shoppers * _ORDERS_EACH, bench.sizes.shoppers)
    with ending(plain, tuned, ours):
        ours.run("import", SHOP, str(told.path), "--kind", "orders")
        with told.path.open(encoding="utf-8") as file:
            import_lines(plain.engine, file, commit_every=500)
        with started(plain, tuned, ours):
            askers, bodies = _served(bench, kind, plain, tuned, ours)
    yield from _rows(kind, askers, bodies)


def _served(bench: Bench, kind: str, plain: Yardstick, tuned: Yardstick, ours: Ours) -> tuple[list[Asker], str]:
    hello = _hello(kind)
    try:
        hello.start()
        askers = _askers(bench, kind, plain, tuned, ours, hello)
        bodies = _compare(bench, plain, ours)
        _take_turns(bench, askers, plain, ours)
    finally:
        hello.discard()
    return askers, bodies


def _hello(kind: str) -> WebServer:
    port = free_port()
    workers = "2" if kind == POSTGRES else "1"  # as `regulars web` chooses
    return WebServer([*GRANIAN, "--workers", workers, "--port", str(port), "bench.ours.hello:create_app"], {}, port)


def _askers(bench: Bench, kind: str, plain: Yardstick, tuned: Yardstick, ours: Ours, hello: WebServer) -> list[Asker]:
    sizes = bench.sizes
    return [
        Asker("yardstick", plain.port, "/me", sizes.asks_yardstick, bench.meter(plain, kind)),
        Asker("tuned", tuned.port, "/me", sizes.asks_yardstick, bench.meter(tuned, kind)),
        Asker("ours", ours.port, f"/storefront/{SHOP}/me", sizes.asks, bench.meter(ours, kind)),
        Asker("hello", hello.port, "/hello", sizes.asks, Meter({"web": hello.pid})),
    ]


def _take_turns(bench: Bench, askers: list[Asker], plain: Yardstick, ours: Ours) -> None:
    """Fresh tokens each time: they live five minutes."""
    sides: dict[str, Yardstick | Ours] = {"yardstick": plain, "tuned": plain, "ours": ours}
    shoppers = [history.shopper(number) for number in range(bench.sizes.shoppers)]
    for turn in range(bench.sizes.rounds + 1):
        for asker in askers:
            side = sides.get(asker.name)
            tokens = [side.token(one) for one in shoppers] if side else []
            rate = asker.run(bench, tokens, asker.count if turn else min(200, asker.count))
            if turn:
                say(f"round {turn}, {asker.name}: {rate:,.0f}/s")
            else:  # that was for what is made once
                asker.rates.clear()
                asker.p99.clear()
                asker.meter.taken.clear()
                asker.asked = 0


def _compare(bench: Bench, plain: Yardstick, ours: Ours) -> str:
    """Both must tell the same shopper the same. Raises LostSomething; else how much each told."""
    sizes: tuple[int, int] = (0, 0)
    for number in range(min(_LOOKED_AT, bench.sizes.shoppers)):
        who = history.shopper(number)
        theirs, theirs_bytes = _ask(plain.port, "/me", plain.token(who))
        mine, mine_bytes = _ask(ours.port, f"/storefront/{SHOP}/me", ours.token(who))
        wrong = [(one, other) for one, other in zip(_essence(mine), _essence(theirs), strict=True) if one != other]
        if wrong:
            raise LostSomething(f"shopper {who}: {wrong[0][0]} from ours, {wrong[0][1]} from the yardstick")
        sizes = theirs_bytes, mine_bytes
    return f"A body has about {sizes[0] / 1024:.1f} kB from the yardstick, {sizes[1] / 1024:.1f} kB from ours."


def _ask(port: int, path: str, token: str) -> tuple[Any, int]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        body = answer.read()
        assert answer.headers["ETag"], "a widget asks again with it"
    return json.loads(body), len(body)


def _essence(body: Any) -> Any:
    orders = [
        (one["name"], one["total"], [(line["title"], line["quantity"]) for line in one["lines"]])
        for one in body["orders"]
    ]
    rewards = [(one["id"], one["affordable"], one["missing"]) for one in body["rewards"]]
    points = body["points"]["available"], body["points"]["pending"]
    return points, body["tier"]["name"], rewards, orders, [one["points"] for one in body["history"]][:_MOVEMENTS]


def _rows(kind: str, askers: list[Asker], bodies: str) -> Iterator[Row]:
    plain, _, ours, hello = askers
    note = (
        f"{bodies} CPU of an answer: yardstick {plain.cpu_us:,.0f} µs ({shares(plain.meter.taken)}), ours {ours.cpu_us:,.0f} µs "
        f"({shares(ours.meter.taken)}), hello {hello.cpu_us:,.0f} µs. p99: yardstick {median(plain.p99):,.0f} ms, ours "
        f"{median(ours.p99):,.0f} ms. The tuned rung is the yardstick's code on granian."
    )
    wanted = _WANTED.get(kind, _WANTED_ELSEWHERE)
    rates = [median(one.rates) for one in askers]
    yield Row(f"/storefront/…/me answered, {kind}", "/s", rates[2], rates[0], rates[1], wanted=wanted, note=note)
    yield Row(
        f"the same against a Flask hello on the same server, {kind}", "/s", rates[2], rates[3], wanted=_WANTED_OF_HELLO,
        note="The hello reads no database, no token and writes five bytes: what is above its share is the answer itself.",
    )  # fmt: skip
