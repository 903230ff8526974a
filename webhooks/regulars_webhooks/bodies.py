"""How the body of any platform is read: bytes in, typed words out; what does not fit is said with its place. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Any, TypeVar

import msgspec

from regulars.errors import Unusable
from regulars.values import MAX_MINOR, parse_time, to_minor

T = TypeVar("T")

#: Ids of platforms come as numbers or text and leave as text: numbers beyond 2**53 keep every digit.
Id = int | str
#: Pieces of one line; a billion of anything is a mistake.
Quantity = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
#: What lies in the store; oversold goods go below zero.
Stock = Annotated[int, msgspec.Meta(ge=-(10**9), le=10**9)]

_ID_LENGTH = 200
_TEXT_LENGTH = 1000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LARGEST_EXPONENT = 20
_CLOCKS_APART = timedelta(minutes=5)  # so much may our clock be behind the platform's


@dataclass(frozen=True, slots=True)
class Envelope:
    """One kept message as a normaliser sees it, with what we know of the shop.

    Only the body was signed. `topic`, `triggered_at` and `claimed_domain` come from headers: hints, to be checked against
    the body. `claimed` says that the shop itself is such a hint, because one secret signs for many shops.
    """

    topic: str
    body: bytes
    currency: str
    domain: str
    received_at: datetime
    triggered_at: datetime | None = None
    claimed: bool = False

    @property
    def happened_at(self) -> datetime:
        """When it happened, for bodies that do not say: the sender's word, unless that lies in the future.

        Our clock may be behind the platform's: by ours, a deletion could seem older than what was deleted.
        """
        said = self.triggered_at
        return said if said and said <= self.received_at + _CLOCKS_APART else self.received_at

    @property
    def body_hash(self) -> str:
        """SHA-256 of the body in hexadecimal."""
        return sha256(self.body).hexdigest()


def decode(body: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """The body as the decoder's type. Raises Unusable with a sentence that names the place."""
    try:
        body.decode("utf-8")
        return decoder.decode(body.removeprefix(_BYTE_ORDER_MARK))
    except UnicodeDecodeError as error:
        raise Unusable(f"The body is not UTF-8: byte {error.start} does not fit.") from error
    except RecursionError as error:
        raise Unusable("The body is unparseable: it is nested too deeply.") from error
    except msgspec.ValidationError as error:
        raise Unusable(f"The body has not the expected shape: {error}.") from error
    except msgspec.DecodeError as error:
        raise Unusable(f"The body is unparseable: {error}.") from error


def identifier(value: Id, place: str) -> str:
    """An id as text. Raises Unusable for an empty or endless one."""
    text = clean(str(value), _ID_LENGTH + 1).strip()
    if not text or len(text) > _ID_LENGTH:
        raise Unusable(f"{place} is not an id: it is empty or longer than {_ID_LENGTH} characters.")
    return text


def optional_identifier(value: Id | None) -> str | None:
    """An id as text, or None where there is none."""
    return None if value is None else clean(str(value), _ID_LENGTH).strip() or None


def clean(text: str | None, longest: int = _TEXT_LENGTH) -> str:
    """A text without what no database stores (the zero character), cut to a length."""
    if text and len(text) <= longest and "\x00" not in text:
        return text
    return (text or "").replace("\x00", "")[:longest]


def optional_text(text: str | None, longest: int = _TEXT_LENGTH) -> str | None:
    """A text as `clean` leaves it, or None where nothing is left."""
    return None if text is None else clean(text, longest).strip() or None


def amount(value: Any, currency: str, place: str) -> int:
    """An amount in minor units of the currency. Raises Unusable for words, NaN and amounts beyond belief."""
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() > _LARGEST_EXPONENT:
        raise Unusable(f"{place} is not a believable amount of money.")  # before any arithmetic on it
    try:
        minor = to_minor(value, currency)
    except ValueError as error:
        raise Unusable(f"{place}: {error}.") from error
    if abs(minor) > MAX_MINOR:
        raise Unusable(f"{place} is not a believable amount of money.")
    return minor


def amount_or_zero(value: Any, currency: str, place: str) -> int:
    """Like `amount`; 0 where there is none."""
    return 0 if value is None else amount(value, currency, place)


def not_negative(minor: int, place: str) -> int:
    """The amount itself. Raises Unusable when it is below zero."""
    if minor < 0:
        raise Unusable(f"{place} is below zero.")
    return minor


def moment(text: str | None, place: str) -> datetime:
    """A time in UTC. Raises Unusable when it is missing, no time, or names no zone."""
    try:
        return parse_time(text)
    except ValueError as error:
        raise Unusable(f"{place}: {error}.") from error


def first_moment(*candidates: tuple[str | None, str]) -> datetime | None:
    """The first time that is given, of pairs of text and place."""
    for text, place in candidates:
        if text:
            return moment(text, place)
    return None


def same_currency(currency: str | None, shop_currency: str, what: str) -> None:
    """Raises Unusable, with the remedy, when a document is not in the shop's currency."""
    if currency and currency.upper() != shop_currency:
        raise Unusable(
            f"The {what} is in {clean(currency, 10)}, but this shop is set up with {shop_currency}: points are counted in the "
            f"shop's own currency. Connect the shop with --currency {clean(currency, 10)}, then replay this message."
        )
