"""Mail over a real SMTP conversation, and what is known when it breaks off."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread

import pytest

from regulars.errors import SettingsError, TransportError, UnknownOutcome
from regulars.messaging.gateway import Letter, deliver
from tests.servers import SmtpSink, free_port

LETTER = Letter(
    id="k3x", sender_name="Kavárna Morava", sender="hello@kavarna.example", recipient="jana@example.com",
    subject="Děkujeme", text="Dobrý den,\n.tečka na začátku\n", html="<p>Dobrý den</p>", language="cs",
    at=datetime(2026, 11, 23, 10, tzinfo=UTC),
)  # fmt: skip


def test_a_letter_arrives_in_text_and_html(smtp_sink: SmtpSink) -> None:
    deliver(LETTER, smtp_sink.url, 5)
    (mail,) = smtp_sink.to("jana@example.com")
    assert mail["From"] == "Kavárna Morava <hello@kavarna.example>"
    assert mail["Subject"] == "Děkujeme"
    assert mail["Date"] == "Mon, 23 Nov 2026 10:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "cs"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == "Dobrý den,\n.tečka na začátku\n"
    assert "Dobrý den" in html.get_content()


def test_a_letter_keeps_its_message_id_from_try_to_try(smtp_sink: SmtpSink) -> None:
    deliver(LETTER, smtp_sink.url, 5)
    deliver(LETTER, smtp_sink.url, 5)
    assert [mail["Message-ID"] for mail in smtp_sink.messages] == ["<k3x@kavarna.example>"] * 2


def test_a_letter_that_a_person_wrote_does_not_say_that_a_machine_did(smtp_sink: SmtpSink) -> None:
    deliver(replace(LETTER, automatic=False), smtp_sink.url, 5)
    assert "Auto-Submitted" not in smtp_sink.messages[0]


def test_a_subject_stays_one_line(smtp_sink: SmtpSink) -> None:
    deliver(replace(LETTER, subject="Hello\r\nBcc: all@example.com", sender_name="Shop\nX"), smtp_sink.url, 5)
    assert smtp_sink.messages[0]["Bcc"] is None
    assert smtp_sink.messages[0]["Subject"] == "Hello Bcc: all@example.com"


def failure(url: str, seconds: float = 5) -> TransportError:
    with pytest.raises(TransportError) as raised:
        deliver(LETTER, url, seconds)
    return raised.value


def test_a_recipient_who_does_not_exist_is_refused_for_good(smtp_sink: SmtpSink) -> None:
    smtp_sink.refusals["jana@example.com"] = "550 no such user <jana@example.com>"
    error = failure(smtp_sink.url)
    assert error.permanent
    assert "550" in error.detail
    assert "jana" not in error.detail


def test_a_full_mailbox_is_tried_again(smtp_sink: SmtpSink) -> None:
    smtp_sink.refusals["jana@example.com"] = "452 mailbox full"
    assert not failure(smtp_sink.url).permanent


def test_a_server_that_is_away_is_tried_again() -> None:
    error = failure(f"smtp://127.0.0.1:{free_port()}")
    assert not error.permanent
    assert not isinstance(error, UnknownOutcome)


def test_a_server_that_does_not_offer_encryption_gets_no_letter(smtp_sink: SmtpSink) -> None:
    assert not failure(f"{smtp_sink.url}?starttls=1").permanent
    assert smtp_sink.messages == []


def test_a_server_that_takes_no_password_gets_no_letter(smtp_sink: SmtpSink) -> None:
    assert not failure(smtp_sink.url.replace("://", "://user:p%40ss@")).permanent
    assert smtp_sink.messages == []


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_a_wrong_address_of_the_server_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsError):
        deliver(LETTER, url, 5)


@contextmanager
def talking(script: Callable[[socket.socket], None]) -> Iterator[str]:
    """A mail server that follows a script, for the moments that a good one never has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                script(connection)

        thread = Thread(target=serve)
        thread.start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def until(connection: socket.socket, pattern: bytes) -> None:
    heard = b""
    while not re.search(pattern, heard):
        part = connection.recv(65536)
        assert part, heard
        heard += part


def up_to_the_letter(connection: socket.socket) -> None:
    connection.sendall(b"220 hello\r\n")
    for line in (b"(?i)ehlo", b"(?i)mail from", b"(?i)rcpt to"):
        until(connection, line)
        connection.sendall(b"250 ok\r\n")
    until(connection, b"(?i)data\r\n")


def test_no_answer_after_the_whole_letter_is_an_unknown_outcome() -> None:
    def hang_up(connection: socket.socket) -> None:
        up_to_the_letter(connection)
        connection.sendall(b"354 go ahead\r\n")
        until(connection, rb"\r\n\.\r\n")

    with talking(hang_up) as url:
        assert isinstance(failure(url), UnknownOutcome)


def test_silence_after_the_whole_letter_is_an_unknown_outcome() -> None:
    def keep_silent(connection: socket.socket) -> None:
        up_to_the_letter(connection)
        connection.sendall(b"354 go ahead\r\n")
        until(connection, rb"\r\n\.\r\n")
        connection.recv(1)

    with talking(keep_silent) as url:
        assert isinstance(failure(url, 0.3), UnknownOutcome)


def test_silence_before_the_letter_is_no_unknown_outcome() -> None:
    def keep_silent(connection: socket.socket) -> None:
        up_to_the_letter(connection)
        connection.recv(1)

    with talking(keep_silent) as url:
        error = failure(url, 0.3)
    assert not isinstance(error, UnknownOutcome)
    assert not error.permanent


@pytest.mark.parametrize(("answer", "permanent"), [(b"451 try later\r\n", False), (b"554 spam\r\n", True)])
def test_a_letter_refused_at_its_end_surely_did_not_arrive(answer: bytes, permanent: bool) -> None:
    def refuse(connection: socket.socket) -> None:
        up_to_the_letter(connection)
        connection.sendall(b"354 go ahead\r\n")
        until(connection, rb"\r\n\.\r\n")
        connection.sendall(answer)

    with talking(refuse) as url:
        error = failure(url)
    assert not isinstance(error, UnknownOutcome)
    assert error.permanent is permanent
