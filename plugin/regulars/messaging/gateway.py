"""Mail out: one letter, one conversation with the mail server, and a sure word on whether it has the letter."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from regulars import runtime
from regulars.errors import SettingsError, TransportError, UnknownOutcome

_OK = 250
_GO_AHEAD = 354
_PERMANENT = 500  # answers from here on mean "never", those below "not now" (RFC 5321, 4.2.1)
_ADDRESS = re.compile(r"\S+@\S+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that is ready to leave. `id` is the message's own and stays the same from try to try."""

    id: str
    sender_name: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    language: str
    at: datetime
    automatic: bool = True


def send(letter: Letter) -> str:
    """Hand the letter to the configured mail server; gives its answer. Raises as `deliver` does."""
    settings = runtime.current().settings
    return deliver(letter, settings.smtp_url, settings.smtp_seconds)


def deliver(letter: Letter, url: str, timeout_seconds: float) -> str:
    """Hand a letter to the server at `url`; gives the server's answer.

    Raises TransportError when the server surely does not have it (permanent when it said so with a 5xx), UnknownOutcome
    when the last byte left and no answer came, SettingsError for a wrong address of the server.
    """
    body = re.sub(rb"(?m)^\.", b"..", compose(letter).as_bytes())
    with _conversation(url, timeout_seconds) as server:
        with _before_the_letter():
            _expect(server.mail(letter.sender), "the sender", _OK)
            _expect(server.rcpt(letter.recipient), "the recipient", _OK, 251)
            _expect(server.docmd("DATA"), "the letter", _GO_AHEAD)
            server.send(body)
        return _hand_over(server)


def compose(letter: Letter) -> EmailMessage:
    """The letter as a mail: text and HTML, its own lasting Message-ID, no word that would invite an out-of-office."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = Address(display_name=_one_line(letter.sender_name), addr_spec=letter.sender)
    mail["To"] = letter.recipient
    mail["Subject"] = _one_line(letter.subject)
    mail["Date"] = format_datetime(letter.at)
    mail["Message-ID"] = f"<{letter.id}@{letter.sender.rpartition('@')[2]}>"
    if letter.automatic:
        mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    mail["Content-Language"] = letter.language  # last: setting the content removes what describes it
    return mail


def _one_line(text: str) -> str:
    return " ".join(text.split())


@contextmanager
def _conversation(url: str, timeout_seconds: float) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted and authenticated server, as the address asks; the goodbye does not matter any more."""
    address = urlsplit(url)
    if address.scheme not in ("smtp", "smtps") or not address.hostname:
        raise SettingsError(
            "REGULARS_SMTP_URL must look like smtp://user:password@host:587?starttls=1 or smtps://host."
        )
    with _before_the_letter():
        server = _connect(address, timeout_seconds)
    try:
        with _before_the_letter():
            server.ehlo_or_helo_if_needed()
            if parse_qs(address.query).get("starttls") == ["1"]:
                server.starttls(context=ssl.create_default_context())
            if address.username:
                server.login(unquote(address.username), unquote(address.password or ""))
        yield server
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:
        server.close()


def _connect(address: SplitResult, timeout_seconds: float) -> smtplib.SMTP:
    host = address.hostname or ""
    if address.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, address.port or 465, timeout=timeout_seconds, context=context)
    return smtplib.SMTP(host, address.port or 587, timeout=timeout_seconds)


@contextmanager
def _before_the_letter() -> Iterator[None]:
    """Whatever goes wrong here, the server does not have the letter and it may be tried again.

    A refused password is no fault of the letter: the operator mends it and the next try goes through.
    """
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        raise TransportError(
            f"The mail server could not be spoken to: {_without_people(str(error))}", permanent=False
        ) from error


def _hand_over(server: smtplib.SMTP) -> str:
    """End the letter. From the first byte on nobody knows whether it arrived, until the answer says so."""
    try:
        server.send(b"\r\n.\r\n")
        code, answer = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise UnknownOutcome(
            "The mail server took the whole letter and did not answer; look whether it arrived."
        ) from error
    return _expect((code, answer), "the letter", _OK)


def _expect(reply: tuple[int, bytes], what: str, *good: int) -> str:
    """The answer, when its code is one of the good ones. Raises TransportError, permanent for 5xx."""
    code, answer = reply[0], _without_people(reply[1].decode("utf-8", "replace"))
    if code not in good:
        raise TransportError(f"The mail server refused {what}: {code} {answer}", permanent=code >= _PERMANENT)
    return f"{code} {answer}"


def _without_people(text: str) -> str:
    """Servers repeat addresses in their answers; the reasons we keep hold nothing personal."""
    return _ADDRESS.sub("(address)", text)
