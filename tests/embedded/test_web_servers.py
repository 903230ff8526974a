"""Both web servers serve the same house: what is kept, what is refused, and who counts it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from regulars.embedded.cli import counts_folder
from regulars_webhooks.inbox import InboxRow
from tests.embedded.house import PATIENCE_SECONDS, House, house
from tests.servers import wait_until
from tests.world import WorldShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def home(database_url: str, tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, REGULARS_DATABASE_URL=database_url) as made:
        yield made


@pytest.mark.parametrize("server", ["granian", "gunicorn"])
def test_a_server_keeps_what_comes_at_once_and_tells_the_count_of_all_its_processes(home: House, server: str) -> None:
    home.starts("web", "--port", str(home.port), "--server", server, "--workers", "2")
    wait_until(home.is_ready, "the web was not ready", seconds=PATIENCE_SECONDS)
    shop = home.shop()
    orders = [shop.order(who, "10.00") for who in ("ada", "bea", "cid") for _ in range(10)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda order: shop.sends("orders/paid", order).status_code, orders))
    assert answers == [200] * 30
    assert _counted(home) == 30
    wait_until(lambda: not _open_rows(shop), "the work was not done", seconds=PATIENCE_SECONDS)
    assert [shop.points(who) for who in ("ada", "bea", "cid")] == [100, 100, 100]


@pytest.mark.parametrize("server", ["granian", "gunicorn"])
def test_a_server_refuses_what_is_too_large_and_what_is_not_signed(home: House, server: str) -> None:
    home.starts("web", "--port", str(home.port), "--server", server)
    wait_until(home.is_ready, "the web was not ready", seconds=PATIENCE_SECONDS)
    shop = home.shop()
    assert shop.sends("orders/paid", b"{" + b" " * (5 * 1024 * 1024)).status_code == 413
    address = f"{home.address}/webhooks/shopify/{shop.token}"
    assert requests.post(address, data=b"{}", timeout=10).status_code == 400
    assert requests.post(address, data=b"{}", headers={"X-Shopify-Hmac-Sha256": "AAAA"}, timeout=10).status_code == 401


def _open_rows(shop: WorldShop) -> int:
    still = select(func.count()).where(InboxRow.shop_id == shop.id, InboxRow.state.in_(("ready", "leased")))
    return shop.world.reads(lambda session: session.scalar(still) or 0)


def _counted(home: House) -> int:
    """How many messages /metrics says were kept, whichever process answers."""
    text = requests.get(f"{home.address}/metrics", timeout=10).text
    return sum(
        int(float(value)) for value in re.findall(r"^regulars_events_kept_total\{[^}]*\} (\S+)$", text, re.MULTILINE)
    )


def test_counts_of_servers_that_are_gone_are_cleared_away(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, anothers = tmp_path / f"regulars-metrics-{gone.pid}-abc", tmp_path / f"regulars-metrics-{os.getppid()}-abc"
    left.mkdir()
    anothers.mkdir()
    mine = counts_folder(tmp_path)
    assert {folder.name for folder in tmp_path.iterdir()} == {mine.name, anothers.name}
