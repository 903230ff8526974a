"""`regulars demo`, as a person runs it: it says what happened, its exit code tells the truth, and nothing is left."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.embedded.house import Process, alive, clean_environment, descendants
from tests.servers import free_port, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a demo of 60 orders says, with an operator's own settings in the environment, which it must not touch."""
    scratch = tmp_path_factory.mktemp("demo")
    environment = clean_environment() | {"TMPDIR": str(scratch), "REGULARS_DATABASE_URL": f"sqlite:///{scratch}/mine"}
    port = str(free_port())
    command = [sys.executable, "-m", "regulars", "demo", "--orders", "60", "--exit", "--json", "--port", port]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=False)
    said: dict[str, Any] = json.loads(done.stdout)
    left = [path.name for path in scratch.iterdir()]
    return {"code": done.returncode, "errors": done.stderr, "left": left} | said


def test_nothing_is_lost_doubled_or_unverified(told: dict[str, Any]) -> None:
    assert (told["code"], told["wrong"]) == (0, []), told["errors"]


def test_history_and_today_are_all_told(told: dict[str, Any]) -> None:
    assert told["orders"] == 63
    assert told["inbox"] == {"done": told["events"] - told["duplicates_absorbed"]}
    assert told["duplicates_absorbed"] == 1


def test_only_todays_first_orders_get_a_letter(told: dict[str, Any]) -> None:
    assert set(told["letters"]) == {"Thank you for your first order at Kavárna Morava"}
    assert sum(told["letters"].values()) in (
        1,
        2,
    )  # one of two newcomers cancels, sooner or later than the letter leaves


def test_no_folder_is_left_and_no_other_installation_touched(told: dict[str, Any]) -> None:
    assert told["left"] == []


def test_ctrl_c_stops_it_and_leaves_nothing_running(tmp_path: Path) -> None:
    process = Process(
        ["demo", "--orders", "40", "--port", str(free_port())], {"TMPDIR": str(tmp_path)}, tmp_path / "log", tmp_path
    )
    process.start()
    try:
        wait_until(lambda: "Ctrl-C stops it" in process.says(), "the demo did not come up", seconds=120)
        children = descendants(process.pid)
        assert process.stop() == 0
        assert not [pid for pid in children if alive(pid)]
        assert [path.name for path in tmp_path.iterdir()] == ["log"]
    finally:
        process.kill()
