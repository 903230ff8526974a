"""PostgreSQL, Valkey, and web, worker and clock as processes of their own. Whoever dies: tests/faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.errors import NotFound
from tests.embedded.house import PATIENCE_SECONDS, House, alive, descendants, house
from tests.servers import SmtpSink, ValkeyServer, wait_until
from tests.world import WorldShop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.postgres,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_kind", ["postgres"], indirect=True),
]


@pytest.fixture
def home(database_url: str, queue: ValkeyServer, smtp_sink: SmtpSink, tmp_path: Path) -> Iterator[House]:
    settings = {
        "REGULARS_DATABASE_URL": database_url, "REGULARS_REDIS_URL": queue.url, "REGULARS_SMTP_URL": smtp_sink.url,
        "REGULARS_MAIL_FROM": "Alpha <hello@alpha.example>",
    }  # fmt: skip
    with house(tmp_path, **settings) as made:
        yield made


def buys(shop: WorldShop, who: str, euros: int = 100) -> None:
    """Somebody buys; the shop's webhook is kept."""
    assert shop.sends("orders/paid", shop.order(who, f"{euros}.00")).status_code == 200


def has_points(shop: WorldShop, who: str, points: int = 100) -> None:
    """Wait until the processes have posted them."""

    def there() -> bool:
        try:
            return shop.points(who) == points
        except NotFound:
            return False

    wait_until(there, f"{who} did not get {points} points", seconds=PATIENCE_SECONDS)


@pytest.mark.parametrize("forking", [False, True], ids=["SimpleWorker", "forking Worker"])
def test_an_order_becomes_points_and_a_letter_through_the_worker(
    home: House, smtp_sink: SmtpSink, forking: bool
) -> None:
    home.environment["REGULARS_SWEEP_SECONDS"] = "600"  # nobody but RQ can have done it
    home.opens(forking=forking)
    shop = home.shop()
    buys(shop, "ada")
    has_points(shop, "ada")
    wait_until(lambda: len(smtp_sink.to("ada@example.com")) == 1, "no letter came", seconds=PATIENCE_SECONDS)
    assert "first order" in smtp_sink.messages[0]["Subject"]


def test_an_emptied_queue_server_loses_nothing(home: House, queue: ValkeyServer) -> None:
    home.opens()
    shop = home.shop()
    home.processes["worker"].kill()
    buys(shop, "ada")
    queue.flush()
    home.starts("worker")
    has_points(shop, "ada")
    queue.flush()
    buys(shop, "bea")
    has_points(shop, "bea")


def test_each_process_stops_when_told_and_leaves_no_child(home: House) -> None:
    home.opens()
    children = {pid for process in home.processes.values() for pid in descendants(process.pid)}
    codes = {name: process.stop() for name, process in home.processes.items()}
    assert codes == {"web": 0, "worker": 0, "clock": 0}
    assert not [pid for pid in children if alive(pid)]
