"""The doorbell while nobody answers it."""

import socket
import time
from collections.abc import Iterator

import pytest

from regulars import settings
from regulars.keys import new_root_key
from regulars.work.doorbell import Doorbell


@pytest.fixture
def silent_server() -> Iterator[str]:
    """It takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


@pytest.mark.slow
def test_one_waits_for_a_silent_queue_server_and_those_behind_do_not(silent_server: str) -> None:
    config = {"REGULARS_ROOT_KEY": new_root_key(), "REGULARS_REDIS_URL": silent_server}
    bell = Doorbell(settings.read(config, {}))
    assert bell.ring() is False
    started = time.monotonic()
    assert [bell.ring() for _ in range(100)] == [False] * 100
    assert time.monotonic() - started < 1
