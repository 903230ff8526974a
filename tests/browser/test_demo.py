"""The demo in Chromium: a shopper reports a problem in the widget, an agent answers, makes up for it and resolves it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.embedded.house import QUICK, Process
from tests.servers import free_port, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]

PATIENCE_MS = 20_000


@pytest.fixture
def demo(tmp_path: Path, chromium_path: str) -> Iterator[dict[str, Any]]:
    """A demo that keeps running, and what it said."""
    arguments = ["demo", "--orders", "60", "--port", str(free_port()), "--json"]
    process = Process(arguments, dict(QUICK) | {"TMPDIR": str(tmp_path)}, tmp_path / "log", tmp_path)
    process.start()
    try:
        wait_until(lambda: "Ctrl-C stops it" in process.says(), "the demo did not come up", seconds=150)
        said = next(line for line in process.says().splitlines() if line.startswith("{"))
        yield json.loads(said)
        assert process.stop() == 0
    finally:
        process.kill()


def report_a_torn_bag(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Rewards").click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("Hello, Tereza")
    expect(panel).to_contain_text("points")
    panel.get_by_role("button", name="Report a problem").click()
    panel.get_by_label("What is wrong?").select_option("damaged")
    panel.get_by_label("What happened?").fill("The bag was torn.")
    panel.get_by_role("button", name="Send").click()
    expect(panel).to_contain_text("Thank you for telling us")


def open_the_case(page: Page, demo: dict[str, Any]) -> None:
    page.goto(demo["admin"])
    page.get_by_label("E-mail").fill(demo["email"])
    page.get_by_label("Password").fill(demo["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation").get_by_role("link", name="Complaints").click()
    page.get_by_role("link", name="Damaged").click()
    expect(page.get_by_text("The bag was torn.")).to_be_visible()


def test_a_problem_is_reported_answered_made_up_for_and_resolved(page: Page, demo: dict[str, Any]) -> None:
    page.set_default_timeout(PATIENCE_MS)
    report_a_torn_bag(page, demo["storefront"])
    open_the_case(page, demo)
    page.locator("textarea").first.fill("We are sorry. A new bag is on its way.")
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_label("Points").fill("50")
    page.get_by_role("button", name="Give").click()
    expect(page.get_by_text("gave 50 points")).to_be_visible()
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("to be followed up on")).to_be_visible()
    for subject in ("We have your message", "An answer to your case"):
        expect(letter(page, demo, subject)).to_be_visible()


def letter(page: Page, demo: dict[str, Any], subject: str) -> Any:
    """The letter of this subject among those that came, looked for until it is there."""
    found = page.get_by_role("link", name=subject)

    def there() -> bool:
        page.goto(demo["mails"])
        return found.count() == 1

    wait_until(there, f"no letter {subject!r}", seconds=30)
    return found
