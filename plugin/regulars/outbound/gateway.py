"""HTTP out, guarded: only to addresses that were checked, no redirects, bounded in time and size; and its signature.

A name is resolved once. When any of its addresses is refused, none is called; the connection then goes to an address
that was checked, while the name stays in TLS and in Host, so that a second answer of the name server changes nothing.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from threading import Timer

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from standardwebhooks import Webhook
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from regulars import clock, runtime
from regulars.errors import InvalidInput, TransportError, UnknownOutcome
from regulars.outbound.addresses import PRIVATE, Target, refusal, target

TIMEOUT_SECONDS = 15.0
ANSWER_LIMIT_BYTES = 64 * 1024
GONE = 410
_LONGEST_WAIT_SECONDS = 24 * 3600.0

#: The IP addresses behind a host and port.
Resolver = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A webhook that is ready to leave."""

    url: str
    headers: dict[str, str]
    body: bytes


def signed(secret: str, message_id: str, now: datetime, body: str) -> dict[str, str]:
    """The headers of Standard Webhooks: the id stays from try to try, the time and the signature are of this try."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Regulars",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body),
    }


def resolve(host: str, port: int) -> list[str]:
    """Every IP address behind a name, as the system sees it. Raises OSError."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def check(url: str, *, allow_private: bool = False, resolver: Resolver = resolve) -> tuple[Target, str]:
    """Where a URL leads and the checked IP address to call. Raises InvalidInput with the reason."""
    try:
        place = target(url, allow_private=allow_private)
        found = resolver(place.host, place.port)
    except ValueError as error:
        raise InvalidInput(f"This address cannot be called: {error}.") from error
    except OSError as error:
        raise InvalidInput("This address cannot be called: its name leads nowhere.") from error
    for address in found:
        reason = refusal(address)
        if reason and not (allow_private and reason in PRIVATE):
            raise InvalidInput(f"This address cannot be called: it leads into a {reason} network.")
    if not found:
        raise InvalidInput("This address cannot be called: its name leads nowhere.")
    return place, found[0]


def send(parcel: Parcel) -> int:
    """Deliver a webhook; gives the status, 2xx or 410. Raises as `post` does."""
    return post(parcel, allow_private=runtime.current().settings.outbound_url_allow_private)


def post(
    parcel: Parcel,
    *,
    allow_private: bool = False,
    resolver: Resolver = resolve,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> int:
    """POST to a checked address; gives the status, 2xx or 410.

    Raises TransportError for any other answer (with `retry_after_seconds` where the other side names a wait) and for an
    address that may not be called; UnknownOutcome when the request left and no answer came in time.
    """
    try:
        place, address = check(parcel.url, allow_private=allow_private, resolver=resolver)
    except InvalidInput as error:
        raise TransportError(error.detail, permanent=False) from error
    started = time.monotonic()
    with _connected(place, address, timeout_seconds) as connection:
        answer = _ask(connection, place, parcel)
    if 200 <= answer.status < 300 or answer.status == GONE:
        return answer.status
    raise _refused(answer, time.monotonic() - started)


@contextmanager
def _connected(place: Target, address: str, timeout_seconds: float) -> Iterator[HTTPConnection]:
    """A connection to the checked address that ends after the time is up, however slowly the other side drips."""
    connection = _connection(place, address, timeout_seconds)
    bell = Timer(timeout_seconds, _hang_up, [connection])
    bell.daemon = True
    bell.start()
    try:
        connection.connect()
        yield connection
    except (HTTPError, HTTPException, OSError) as error:
        raise TransportError(
            f"The other side could not be reached: {type(error).__name__}.", permanent=False
        ) from error
    finally:
        bell.cancel()
        connection.close()


def _connection(place: Target, address: str, timeout_seconds: float) -> HTTPConnection:
    if place.scheme == "http":
        return HTTPConnection(address, place.port, timeout=timeout_seconds)
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=DEFAULT_CA_BUNDLE_PATH)  # where the system brings no authorities of its own
    return HTTPSConnection(
        address, place.port, timeout=timeout_seconds, ssl_context=context, server_hostname=place.host
    )


def _hang_up(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):  # it hung up by itself a moment ago
            connection.sock.shutdown(socket.SHUT_RDWR)


def _ask(connection: HTTPConnection, place: Target, parcel: Parcel) -> BaseHTTPResponse:
    name = f"[{place.host}]" if ":" in place.host else place.host
    standard = {"https": 443, "http": 80}[place.scheme]
    host = name if place.port == standard else f"{name}:{place.port}"
    connection.request(
        "POST", place.path, body=parcel.body, headers={"Host": host} | parcel.headers, preload_content=False
    )
    try:
        answer = connection.getresponse()
    except (HTTPError, HTTPException, OSError) as error:
        raise UnknownOutcome(
            "The request left and no answer came in time; it is sent again under the same id."
        ) from error
    with suppress(HTTPError, HTTPException, OSError):  # the status is the answer; reading on is politeness, and bounded
        answer.read(ANSWER_LIMIT_BYTES, decode_content=False)
    return answer


def _refused(answer: BaseHTTPResponse, spent_seconds: float) -> TransportError:
    """The failure; a wait it names begins now, while the try that waits began `spent_seconds` ago."""
    error = TransportError(f"The other side answered {answer.status}.", permanent=False)
    wait = wait_seconds(answer.headers.get("Retry-After"), clock.now()) if answer.status in (429, 503) else None
    error.retry_after_seconds = wait + spent_seconds if wait is not None else None
    return error


def wait_seconds(text: str | None, now: datetime) -> float | None:
    """How long the other side asks us to wait: seconds, or a date; at most a day. None when it says nothing we can read."""
    if not text:
        return None
    try:
        wait = float(int(text)) if text.strip().isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no date, or one without a zone
        return None
    return min(max(wait, 0.0), _LONGEST_WAIT_SECONDS)
