"""`regulars init` and `regulars up`: one folder, one command; what dies comes back, and nothing is left behind."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from regulars.embedded import queue
from tests.embedded.house import PATIENCE_SECONDS, QUICK, Process, alive, clean_environment, descendants
from tests.servers import free_port, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ANSWERS = {
    "--email": "owner@example.com", "--shop": "kavarna", "--platform": "shopify",
    "--domain": "kavarna.myshopify.com", "--currency": "EUR", "--timezone": "Europe/Prague",
}  # fmt: skip


def run(folder: Path, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """One command of an operator, in `folder`, to its end."""
    command = ["python", "-m", "regulars", *arguments]
    environment = clean_environment() | {"PATH": f"{Path(os.sys.executable).parent}:{os.environ['PATH']}"}  # type: ignore[attr-defined]
    return subprocess.run(
        command, cwd=folder, env=environment, input=typed, capture_output=True, text=True, timeout=60, check=False
    )


def init(folder: Path) -> "subprocess.CompletedProcess[str]":
    (folder / "secret.txt").write_text("what Shopify signs with")
    said = ANSWERS | {"--webhook-secret-file": "secret.txt"}
    return run(folder, "init", *(part for pair in said.items() for part in pair))


class Up:
    """A `regulars up` on a port of its own."""

    def __init__(self, folder: Path, data: str = "regulars-data") -> None:
        self.port = free_port()
        self.data = folder / data
        arguments = ["up", "--port", str(self.port), "--data", str(self.data)]
        self.process = Process(arguments, dict(QUICK), folder / "up.log", folder)

    def start(self) -> None:
        self.process.start()
        wait_until(lambda: "is up" in self.process.says(), "it did not come up", seconds=PATIENCE_SECONDS)

    def ready(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def children(self) -> set[int]:
        return descendants(self.process.pid)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    made = Up(tmp_path)
    yield made
    if made.process.popen is not None and made.process.popen.poll() is None:
        made.process.stop()
    made.process.kill()


def test_init_by_options_makes_everything_up_needs(tmp_path: Path) -> None:
    done = init(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "owner@example.com" in done.stdout
    assert "/webhooks/shopify/" in done.stdout
    assert (tmp_path / "regulars-data" / "root.key").stat().st_mode & 0o077 == 0


def test_init_asks_for_what_it_was_not_told(tmp_path: Path) -> None:
    typed = "owner@example.com\nkavarna\n\nkavarna.myshopify.com\n\n\n"
    done = run(tmp_path, "init", typed=typed)
    assert done.returncode == 0, done.stderr
    assert "Short name of the first shop" in done.stdout
    assert "Done." in done.stdout
    assert "regulars source add kavarna --kind shopify --secret-file FILE" in done.stdout


def test_init_twice_says_what_is_there_and_keeps_it(tmp_path: Path) -> None:
    init(tmp_path)
    key = (tmp_path / "regulars-data" / "root.key").read_text()
    again = init(tmp_path)
    assert again.returncode == 0, again.stderr
    assert "Kept owner@example.com" in again.stdout
    assert "Kept the shop kavarna" in again.stdout
    assert (tmp_path / "regulars-data" / "root.key").read_text() == key


def test_up_answers_and_ctrl_c_leaves_no_child(up: Up) -> None:
    up.start()
    assert up.ready()
    assert "Nobody can sign in yet: `regulars staff add" in up.process.says()
    children = up.children()
    assert len(children) >= 4
    assert up.process.stop(signal.SIGINT) == 0
    assert not [pid for pid in children if alive(pid)]


def test_what_is_killed_comes_back(up: Up) -> None:
    up.start()
    before = up.children()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(up.children() - before) >= len(before), "not all came back", seconds=PATIENCE_SECONDS)
    wait_until(up.ready, "the web did not come back", seconds=PATIENCE_SECONDS)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux ends children with their parent")
def test_the_children_of_a_killed_supervisor_end_too(up: Up) -> None:
    up.start()
    children = up.children()
    os.kill(up.process.pid, signal.SIGKILL)
    wait_until(lambda: not [pid for pid in children if alive(pid)], "children stayed", seconds=PATIENCE_SECONDS)


def test_a_queue_server_that_outlived_its_owner_is_adopted_and_stopped(up: Up) -> None:
    (up.data / "queue").mkdir(parents=True)
    command = queue.command(up.data / "queue")
    assert command is not None
    outlived = subprocess.Popen(command, start_new_session=True)
    try:
        wait_until(lambda: queue.answers(up.data / "queue"), "no queue server")
        up.start()
        assert up.ready()
        assert outlived.poll() is None
        up.process.stop()
        outlived.wait(10)
    finally:
        outlived.kill()
        outlived.wait()


def test_a_long_path_is_no_trouble(tmp_path: Path) -> None:
    long = Up(tmp_path, "/".join(["a-rather-long-name-of-a-folder"] * 5))
    try:
        long.start()
        assert long.ready()
        assert long.process.stop() == 0
        assert not queue.socket_path(long.data / "queue").parent.exists()
    finally:
        long.process.kill()


def test_a_second_up_on_the_same_folder_is_refused(up: Up, tmp_path: Path) -> None:
    up.start()
    second = run(tmp_path, "up", "--data", str(up.data), "--port", str(free_port()))
    assert second.returncode == 2
    assert "in use by another `regulars up`" in second.stderr
    assert up.ready()


def test_a_port_that_is_taken_is_said_in_a_sentence(up: Up, tmp_path: Path) -> None:
    up.start()
    second = run(tmp_path, "up", "--data", str(tmp_path / "other"), "--port", str(up.port))
    assert second.returncode == 2
    assert f"Port {up.port}" in second.stderr
    assert "--port" in second.stderr
    assert not (tmp_path / "other").exists()


def test_doctor_says_what_is_missing(tmp_path: Path) -> None:
    init(tmp_path)
    done = run(tmp_path, "doctor", "kavarna")
    assert done.returncode == 1
    for advice in ("REGULARS_SMTP_URL", "REGULARS_PUBLIC_URL", "regulars program apply"):
        assert advice in done.stdout


def test_without_a_set_up_every_command_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "verify")
    assert done.returncode == 2
    assert "regulars init" in done.stderr


def test_where_there_is_no_valkey_for_this_system_the_web_drains(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(queue, "get_binary_path", None)
    assert queue.command(tmp_path) is None
