"""A webhook on the wire: checked address, name in TLS and Host, no redirects, no waiting for ever."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from regulars.errors import InvalidInput, TransportError, UnknownOutcome
from regulars.outbound.gateway import Parcel, check, post, signed, wait_seconds
from tests.outbound.receiver import Receiver, certificate_for, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def leads_to(*addresses: str) -> "Resolved":
    return Resolved(list(addresses))


class Resolved:
    """A name server that always gives the same addresses, and counts how often it was asked."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        self.asked = 0

    def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self.addresses


def parcel(url: str) -> Parcel:
    return Parcel(url, {"Content-Type": "application/json", "webhook-id": "msg_1"}, b'{"type":"stage.changed"}')


def failure(url: str, seconds: float = 5) -> TransportError:
    with pytest.raises(TransportError) as raised:
        post(parcel(url), allow_private=True, timeout_seconds=seconds)
    return raised.value


def test_a_webhook_arrives_as_it_was_sent(receiver: Receiver) -> None:
    assert post(parcel(receiver.url()), allow_private=True) == 200
    ((path, headers, body),) = receiver.heard
    assert path == "/hooks?of=shop"
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert headers["webhook-id"] == "msg_1"
    assert body == b'{"type":"stage.changed"}'


def test_the_receiver_can_verify_the_signature() -> None:
    body = '{"type":"stage.changed"}'
    assert Webhook(SECRET).verify(body, signed(SECRET, "msg_1", datetime.now(UTC), body)) == {"type": "stage.changed"}


def test_a_private_address_is_refused_without_a_connection(receiver: Receiver) -> None:
    with pytest.raises(TransportError, match="loopback"):
        post(parcel("https://hooks.example.com/"), resolver=leads_to("127.0.0.1"))
    assert receiver.heard == []


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(InvalidInput, match="private"):
        check("https://hooks.example.com/", resolver=leads_to("9.9.9.9", "10.0.0.1"))


def test_a_name_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nowhere"):
        check("https://hooks.example.com/", resolver=leads_to())


def test_an_operator_cannot_allow_the_address_where_clouds_keep_passwords() -> None:
    with pytest.raises(InvalidInput, match="link_local"):
        check("http://metadata.example/", allow_private=True, resolver=leads_to("169.254.169.254"))


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A certificate for hooks.example.test that this machine trusts during the test."""
    files = certificate_for("hooks.example.test", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    return files


def test_tls_goes_to_the_checked_address_under_the_name(trusted: tuple[Path, Path]) -> None:
    name_server = leads_to("127.0.0.1")
    with receiving(trusted) as receiver:
        url = receiver.url("hooks.example.test", "https")
        assert post(parcel(url), allow_private=True, resolver=name_server) == 200
    assert receiver.heard[0][1]["Host"] == f"hooks.example.test:{receiver.port}"
    assert name_server.asked == 1


def test_a_certificate_of_somebody_else_is_refused(trusted: tuple[Path, Path]) -> None:
    with receiving(trusted) as receiver, pytest.raises(TransportError):
        post(parcel(receiver.url("other.example.test", "https")), allow_private=True, resolver=leads_to("127.0.0.1"))
    assert receiver.heard == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with receiving(certificate_for("hooks.example.test", tmp_path)) as receiver, pytest.raises(TransportError):
        post(parcel(receiver.url("hooks.example.test", "https")), allow_private=True, resolver=leads_to("127.0.0.1"))
    assert receiver.heard == []


def test_a_redirect_is_a_failure_and_is_not_followed(receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.status, receiver.headers = 302, {"Location": elsewhere.url()}
        error = failure(receiver.url())
    assert not error.permanent
    assert "302" in error.detail
    assert elsewhere.heard == []


def test_a_receiver_that_is_gone_is_no_failure_but_an_answer(receiver: Receiver) -> None:
    receiver.status = 410
    assert post(parcel(receiver.url()), allow_private=True) == 410


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_any_other_answer_is_tried_again(receiver: Receiver, status: int) -> None:
    receiver.status = status
    error = failure(receiver.url())
    assert not error.permanent
    assert error.retry_after_seconds is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_the_receiver_asks_for_is_respected(receiver: Receiver, status: int) -> None:
    receiver.status, receiver.headers = status, {"Retry-After": "7"}
    wait = failure(receiver.url()).retry_after_seconds
    assert wait is not None
    assert 7 <= wait < 12


def test_silence_ends_in_time_with_an_unknown_outcome(receiver: Receiver) -> None:
    receiver.silence_seconds = 1
    started = time.monotonic()
    assert isinstance(failure(receiver.url(), 0.3), UnknownOutcome)
    assert time.monotonic() - started < 0.9


def test_an_answer_that_drips_ends_in_time_too(receiver: Receiver) -> None:
    receiver.drips = True
    started = time.monotonic()
    assert isinstance(failure(receiver.url(), 0.5), UnknownOutcome)
    assert time.monotonic() - started < 1.5


def test_a_huge_answer_is_not_read(receiver: Receiver) -> None:
    receiver.body = b"x" * 10_000_000
    assert post(parcel(receiver.url()), allow_private=True) == 200


def test_nobody_listening_is_tried_again(receiver: Receiver) -> None:
    url = receiver.url().replace(str(receiver.port), "1")
    error = failure(url)
    assert not error.permanent
    assert not isinstance(error, UnknownOutcome)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 23 Nov 2026 10:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("9" * 400, None),
        ("999999999", 86400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_a_wait_is_seconds_or_a_date_and_at_most_a_day(text: str | None, seconds: float | None) -> None:
    assert wait_seconds(text, NOW) == seconds


def test_a_new_try_is_signed_anew_under_the_same_id() -> None:
    first, second = (signed(SECRET, "msg_1", NOW + timedelta(seconds=wait), "{}") for wait in (0, 5))
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]
