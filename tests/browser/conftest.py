from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.storefront import Storefront, storefront


@pytest.fixture(scope="session")
def chromium(browser: Browser) -> Browser:
    """The suite's one Chromium, headless, talking to nobody but us."""
    return browser


@pytest.fixture
def shop() -> Iterator[Storefront]:
    """The storefront of Kavárna Morava."""
    with storefront() as shop:
        yield shop


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh window of 1280 by 860; what the browser complains about fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, timezone_id="Europe/Prague")
    page = context.new_page()
    page.set_default_timeout(5000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    context.close()
    assert complaints == []
