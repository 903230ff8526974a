"""Real processes: a queue server that forgets, /metrics of a worker, and one /metrics for all of `regulars up`."""

import base64
import hashlib
import hmac
import os
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

from regulars.orders import Order
from tests.embedded.house import PATIENCE_SECONDS, QUICK, House, Process, house
from tests.embedded.test_up import init
from tests.servers import ValkeyServer, free_port, wait_until
from tests.world import WorldShop

pytestmark = [
    pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]  # fmt: skip

ORDERS = 40


@pytest.fixture
def home(database_url: str, queue: ValkeyServer, tmp_path: Path) -> Iterator[House]:
    settings = {"REGULARS_DATABASE_URL": database_url, "REGULARS_REDIS_URL": queue.url}
    with house(tmp_path, **settings, REGULARS_METRICS_PORT=str(free_port())) as made:
        yield made


@contextmanager
def others_fill_it(client: redis.Redis) -> Iterator[None]:
    """Somebody else's cache in the same server: 20 kB a key, without end."""
    stop = threading.Event()

    def fill() -> None:
        while not stop.wait(0.002):
            client.set(f"cache:{os.urandom(8).hex()}", os.urandom(20_000))

    thread = threading.Thread(target=fill)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def known_orders(shop: WorldShop) -> int:
    question = select(func.count()).select_from(Order).where(Order.shop_id == shop.id)
    return shop.world.reads(lambda session: session.scalar(question) or 0)


def evicted(client: redis.Redis) -> int:
    stats = client.info("stats")
    assert isinstance(stats, dict)
    return int(stats["evicted_keys"])


@pytest.mark.faults
def test_a_queue_server_that_evicts_is_not_ready_and_all_work_is_done(home: House, queue: ValkeyServer) -> None:
    """C045."""
    client = redis.Redis.from_url(queue.url)
    client.config_set("maxmemory", "3mb")
    client.config_set("maxmemory-policy", "allkeys-lru")
    home.starts("web", "--port", str(home.port))
    home.starts("worker")
    wait_until(home.is_ready, "the web did not answer", seconds=PATIENCE_SECONDS)
    ready = requests.get(f"{home.address}/readyz", timeout=10)
    assert (ready.status_code, "allkeys-lru" in ready.json()["reasons"][0]) == (503, True)
    shop = home.shop()
    with others_fill_it(client):
        for _ in range(ORDERS):
            assert shop.sends("orders/paid", shop.order("ada", "10.00")).status_code == 200
        wait_until(lambda: known_orders(shop) == ORDERS, "work was left", seconds=90)
        wait_until(lambda: evicted(client) > 0, "nothing was evicted", seconds=60)
    assert shop.points("ada") == 10 * ORDERS
    assert shop.is_clean()


def test_a_worker_tells_its_metrics_on_a_port_of_its_own_and_nothing_else(home: House) -> None:
    worker = f"http://127.0.0.1:{home.environment['REGULARS_METRICS_PORT']}"
    home.starts("worker")

    def answers() -> bool:
        try:
            return requests.get(f"{worker}/healthz", timeout=2).ok
        except requests.ConnectionError:
            return False

    wait_until(answers, "the worker told nothing", seconds=PATIENCE_SECONDS)
    told = requests.get(f"{worker}/metrics", timeout=10).text
    assert 'regulars_faults_total{fault="taken_over"} 0.0' in told
    assert "regulars_database_up 1.0" in told
    assert requests.get(f"{worker}/admin/login", timeout=10).status_code == 404
    second = Process(["clock"], home.environment, home.folder / "clock.log", home.folder)
    second.start()
    assert second.popen is not None
    assert second.popen.wait(60) == 2
    assert "REGULARS_METRICS_PORT" in second.says()


def test_one_page_of_metrics_tells_what_web_and_worker_of_up_have_counted(tmp_path: Path, database_kind: str) -> None:
    address = re.search(r"(/webhooks/shopify/\S+)", init(tmp_path).stdout)
    assert address is not None
    port = free_port()
    up = Process(
        ["up", "--port", str(port), "--data", str(tmp_path / "regulars-data")], dict(QUICK), tmp_path / "log", tmp_path
    )
    up.start()
    try:
        wait_until(lambda: "is up" in up.says(), "it did not come up", seconds=PATIENCE_SECONDS)
        assert _sends_a_broken_body(f"http://127.0.0.1:{port}{address[1]}") == 200
        wait_until(
            lambda: 'regulars_faults_total{fault="row_failed"} 1.0' in _metrics(port), "the worker's count is not told"
        )  # fmt: skip
        told = _metrics(port)
        assert 'regulars_events_kept_total{platform="shopify"} 1.0' in told
        assert 'regulars_rows{drain="inbox",state="dead"} 1.0' in told
        assert "regulars_workers 1.0" in told
        families = Counter(family.name for family in text_string_to_metric_families(told))
        assert [name for name, times in families.items() if times > 1] == []
    finally:
        up.stop()
        up.kill()


def _metrics(port: int) -> str:
    return requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text


def _sends_a_broken_body(address: str) -> int:
    body = b'{"id": 1,'
    signature = base64.b64encode(hmac.new(b"what Shopify signs with", body, hashlib.sha256).digest()).decode()
    headers = {
        "X-Shopify-Topic": "orders/paid", "X-Shopify-Hmac-Sha256": signature, "X-Shopify-Webhook-Id": "1",
        "X-Shopify-Shop-Domain": "kavarna.myshopify.com", "Content-Type": "application/json",
    }  # fmt: skip
    return requests.post(address, data=body, headers=headers, timeout=20).status_code
