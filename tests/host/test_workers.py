"""Workers are processes of their own: they find the host's app by REGULARS_APP and drain its rows."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from regulars.ledger import EntryRow
from tests.host.conftest import HOUSE
from tests.servers import wait_until
from tests.world import World, WorldShop

pytestmark = pytest.mark.slow

_PROGRAMS = Path(sys.executable).parent
_SERIALIZER = "rq.serializers.JSONSerializer"


@pytest.fixture
def settings(queue_url: str) -> dict[str, Any]:
    """The host rings at a real queue server."""
    return {"REGULARS_REDIS_URL": queue_url}


def environment(app: Flask) -> dict[str, str]:
    """What the host's operator sets for a worker; the clock of the test comes with the rest."""
    given = {
        "REGULARS_APP": "shopfront:create_app",
        "SHOPFRONT_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "REGULARS_MODE": "test",
        "REGULARS_ROOT_KEY": app.config["REGULARS_ROOT_KEY"],
        "REGULARS_REDIS_URL": app.config["REGULARS_REDIS_URL"],
    }
    return os.environ | given


def wait_for_points(world: World, shop: WorldShop, worker: "subprocess.Popen[bytes]") -> None:
    """Until the worker has posted what the order earned; with its words when it dies."""

    def is_posted() -> bool:
        assert worker.poll() is None, worker.communicate()[0].decode()
        question = select(EntryRow.version).where(EntryRow.shop_id == shop.id)
        return world.reads(lambda session: session.scalar(question)) is not None

    wait_until(is_posted, "the worker posted no points", seconds=30)


def test_regulars_worker_drains_for_the_hosts_app(app: Flask, world: World, shop: WorldShop) -> None:
    command = [str(_PROGRAMS / "regulars"), "worker"]
    worker = subprocess.Popen(
        command, cwd=HOUSE, env=environment(app), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert shop.sends("orders/paid", shop.order("ada", "42.00")).status_code == 200
        wait_for_points(world, shop, worker)
    finally:
        worker.terminate()
        worker.communicate(timeout=20)
    assert shop.points("ada") == 42


def test_a_plain_rq_worker_finds_the_hosts_app_in_its_first_job(app: Flask, world: World, shop: WorldShop) -> None:
    assert shop.sends("orders/paid", shop.order("ada", "42.00")).status_code == 200
    queue = ["--url", app.config["REGULARS_REDIS_URL"], "--serializer", _SERIALIZER, "regulars"]
    command = [str(_PROGRAMS / "rq"), "worker", "--burst", "--worker-class", "rq.SimpleWorker", *queue]
    done = subprocess.run(command, cwd=HOUSE, env=environment(app), capture_output=True, timeout=60, check=False)
    assert shop.points("ada") == 42, done.stderr.decode()


def test_a_worker_without_the_hosts_app_says_what_to_set(app: Flask) -> None:
    lost = environment(app) | {"REGULARS_APP": "shopfont:create_app"}
    command = [str(_PROGRAMS / "regulars"), "worker", "--burst"]
    done = subprocess.run(command, cwd=HOUSE, env=lost, capture_output=True, timeout=60, check=False)
    assert done.returncode == 2
    assert b"REGULARS_APP must name the host's app as package:create_app" in done.stderr
