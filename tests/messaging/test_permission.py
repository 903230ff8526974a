"""When a message may leave."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from regulars.messaging import TEMPLATES
from regulars.messaging.deliverable import deliverable
from regulars.messaging.languages import choose
from regulars.messaging.permission import REASONS, may_send

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def test_a_caring_letter_to_a_known_address_may_leave() -> None:
    assert may_send("care", "active", True, NOW, LATER) is None


def test_a_letter_may_leave_until_its_latest_moment() -> None:
    assert may_send("care", "active", True, NOW, NOW) is None


@pytest.mark.parametrize(
    ("purpose", "state", "has_address", "latest_at", "reason"),
    [
        ("marketing", "active", True, LATER, "marketing_not_ready"),
        ("anything else", "active", True, LATER, "marketing_not_ready"),
        ("care", "active", True, NOW - timedelta(seconds=1), "too_late"),
        ("care", "active", False, LATER, "no_address"),
        ("care", "deleted", True, LATER, "customer_deleted"),
        ("care", None, True, LATER, "customer_deleted"),
    ],
)
def test_a_letter_that_must_not_leave_says_why(
    purpose: str, state: str | None, has_address: bool, latest_at: datetime, reason: str
) -> None:
    assert may_send(purpose, state, has_address, NOW, latest_at) == reason
    assert reason in REASONS


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Jana@Example.com ", "Jana@Example.com"),
        ("jana+shop@mail.example.co.uk", "jana+shop@mail.example.co.uk"),
        ("jana@bücher.example", "jana@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_brought_into_the_form_that_servers_take(text: str, address: str) -> None:
    assert deliverable(text) == address


@pytest.mark.parametrize(
    "text",
    [None, "", "jana", "jana@", "@example.com", "jana@localhost", "a b@example.com", "a@b@example.com", "jána@example.com",
     "a@example.com\r\nBcc: all@example.com", "a@exa\nmple.com", "<a@example.com>", "a@" + "x" * 64 + ".com"],
)  # fmt: skip
def test_what_mail_cannot_be_sent_to_is_no_address(text: str | None) -> None:
    assert deliverable(text) is None


@pytest.mark.parametrize(
    ("locales", "language"),
    [
        (("cs-CZ", "en"), "cs"),
        ((None, "cs"), "cs"),
        (("sk", "cs"), "cs"),
        (("de", "fr"), "en"),
        (("EN_gb", "cs"), "en"),
    ],
)
def test_a_customer_is_written_to_in_their_language_else_the_shops(
    locales: tuple[str | None, ...], language: str
) -> None:
    assert choose(locales, ("en", "cs")) == language


def test_every_reason_and_template_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "messages.md").read_text(encoding="utf-8")
    assert [name for name in [*REASONS, *TEMPLATES] if f"`{name}`" not in page] == []
