"""Where a webhook may go."""

from pathlib import Path

import pytest

from regulars.outbound import EVENTS
from regulars.outbound.addresses import Target, refusal, target


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("9.9.9.9", None),
        ("2620:fe::fe", None),
        ("::ffff:9.9.9.9", None),
        ("10.1.2.3", "private"),
        ("172.31.255.255", "private"),
        ("172.32.0.0", None),
        ("100.127.255.255", "shared"),
        ("127.8.8.8", "loopback"),
        ("169.254.169.254", "link_local"),
        ("::ffff:169.254.169.254", "link_local"),
        ("239.1.2.3", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::7f00:1", "reserved"),
        ("fe80::1%eth0", "link_local"),
        ("fdaa::1", "private"),
        ("64:ff9b::7f00:1", "translation"),
        ("2002:7f00:1::", "translation"),
        ("2001::1", "reserved"),
        ("4000::1", "reserved"),
    ],
)
def test_an_address_is_refused_for_what_it_is(address: str, reason: str | None) -> None:
    assert refusal(address) == reason


def test_the_name_the_path_and_the_question_are_kept() -> None:
    assert target("https://Hooks.Example.com./in?a=1#x") == Target("https", "hooks.example.com", 443, "/in?a=1")


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.com/", "https://hooks.example.com:8443/", "https://u:p@hooks.example.com/", "https:///in",
     "https://exam ple.com/", "https://a\\@b.example/", "https://hooks.example.com\r\n/", "https://0x7f.1/", "https://1.2.3/",
     "https://[::1", "https://example.com:99999/", "https://localhost/", "https://x.localhost/", "https://-a.example/",
     "https://ex\u0430mple.com/", "", "hooks.example.com"],
)  # fmt: skip
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        target(url)


def test_an_operator_may_allow_http_and_ports_on_their_own_network() -> None:
    assert target("http://hooks.internal:8080/", allow_private=True).port == 8080


def test_even_then_a_user_name_is_refused() -> None:
    with pytest.raises(ValueError, match="user name"):
        target("http://hooks.internal@127.0.0.1/", allow_private=True)


def test_every_event_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "outbound.md").read_text(encoding="utf-8")
    assert [name for name in EVENTS if f"| `{name}` |" not in page] == []
