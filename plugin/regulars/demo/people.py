"""Who buys: names, towns, rhythms and consents of the demo's customers."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from regulars.demo.catalogue import APPETITES, COFFEES, ON_SALE, Product
from regulars.demo.markets import MARKETS, OPENING_MARKETS, WHOLESALE, Market
from regulars.demo.shop import SHOP, Body, Ids, gid, local_iso


@dataclass
class Person:
    """One buyer, with the habits the generator draws from; `rhythm_days` is the usual gap between orders."""

    id: int
    address_id: int
    first_name: str
    last_name: str
    email: str
    market: Market
    currency: str
    street: str
    zip_code: str
    city: str
    created_at: datetime
    rhythm_days: float
    leaves: float
    favourites: tuple[Product, ...]
    consent: bool
    consent_at: datetime
    updated_at: datetime
    note: str | None = None
    tags: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """First and last name as written on a parcel."""
        return f"{self.first_name} {self.last_name}"

    @property
    def wholesale(self) -> bool:
        """Cafés buy at net prices, tax on top."""
        return self.market is WHOLESALE


@dataclass(frozen=True)
class FeaturedCustomer:
    """The customer whose page the demo's storefront shows."""

    id: int
    email: str
    first_name: str
    last_name: str


featured_customer = FeaturedCustomer(7_204_117_654_321, "tereza.dvorakova@example.com", "Tereza", "Dvořáková")


def featured_person(created_at: datetime) -> Person:
    """The featured customer with her habits: a bag of coffee about every three weeks, and she stays."""
    return Person(
        id=featured_customer.id,
        address_id=8_601_336_543_210,
        first_name=featured_customer.first_name,
        last_name=featured_customer.last_name,
        email=featured_customer.email,
        market=MARKETS[0],
        currency=SHOP.currency,
        street="Náplavní 12",
        zip_code="120 00",
        city="Praha 2",
        created_at=created_at,
        rhythm_days=21.0,
        leaves=0.0,
        favourites=COFFEES[:3],
        consent=True,
        consent_at=created_at,
        updated_at=created_at,
        tags=["newsletter"],
    )


class Registry:
    """Makes people up, no e-mail address twice."""

    def __init__(self, rng: Random, ids: Ids, domains: tuple[str, ...] = ("example.com", "example.org")) -> None:
        self._rng = rng
        self._domains = domains
        self._ids = ids
        self._emails = {featured_customer.email}
        self._to_open = list(OPENING_MARKETS)

    def newcomer(self, at: datetime) -> Person:
        """A new buyer at `at`; the first few come from each market once, so that a small shop has all."""
        if not self._to_open:
            return self.passer_by(at)
        market = self._to_open.pop(0)
        return self._person(at, market, market.currency)

    def passer_by(self, at: datetime) -> Person:
        """Somebody new at `at` who may never buy again, or at all: a guest, a subscriber."""
        market = self._rng.choices(MARKETS, [market.share for market in MARKETS])[0]
        return self._person(at, market, market.draw_currency(self._rng))

    def _person(self, at: datetime, market: Market, currency: str) -> Person:
        rng = self._rng
        first, last = market.draw_name(rng)
        consent = rng.random() < 0.55
        return Person(
            id=self._ids.next("customer"),
            address_id=self._ids.next("address"),
            first_name=first,
            last_name=last,
            email=self._email(first, last),
            market=market,
            currency=currency,
            street=f"{rng.choice(market.streets)} {rng.randrange(1, 90)}",
            **_town(rng, market),
            created_at=at,
            rhythm_days=14.0 if market is WHOLESALE else 18 + 14 * rng.gammavariate(2.0, 1.6),
            leaves=0.05 if market is WHOLESALE else 0.1 + 0.3 * rng.random(),
            favourites=tuple(rng.choices(ON_SALE, APPETITES, k=4)),
            consent=consent,
            consent_at=at,
            updated_at=at,
            tags=["wholesale"] if market is WHOLESALE else ["newsletter"] if consent else [],
        )

    def _email(self, first: str, last: str) -> str:
        stem = f"{_ascii(first)}.{_ascii(last)}"
        domain = self._rng.choice(self._domains)
        email, number = f"{stem}@{domain}", 2
        while email in self._emails:
            email, number = f"{stem}{number}@{domain}", number + 1
        self._emails.add(email)
        return email


def change_consent(person: Person, at: datetime) -> None:
    """The person subscribes or unsubscribes."""
    person.consent = not person.consent
    person.consent_at = person.updated_at = at
    person.tags = [tag for tag in person.tags if tag != "newsletter"] + (["newsletter"] if person.consent else [])


def next_order_in(rng: Random, person: Person) -> timedelta | None:
    """How long until the next order, by the person's own rhythm; None when this one was the last."""
    if rng.random() < person.leaves:
        return None
    return timedelta(days=person.rhythm_days * rng.gammavariate(5.0, 0.2))


def customer_body(person: Person) -> Body:
    """The body of customers/create and customers/update."""
    address = _default_address(person)
    return {
        **customer_reference(person),
        "addresses": [address],
        "tags": ", ".join(person.tags),
        "email_marketing_consent": _consent(person),
        "sms_marketing_consent": None,
        "default_address": address,
    }


def customer_reference(person: Person) -> Body:
    """The customer as embedded in an order: no tags and no consent, as in newer versions of the platform."""
    return {
        "id": person.id,
        "created_at": local_iso(person.created_at),
        "updated_at": local_iso(person.updated_at),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "state": "enabled" if person.consent else "disabled",
        "note": person.note,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "email": person.email,
        "phone": None,
        "currency": person.currency,
        "tax_exemptions": [],
        "admin_graphql_api_id": gid("Customer", person.id),
        "default_address": _default_address(person),
    }


def postal_address(person: Person) -> Body:
    """The address as an order carries it."""
    return {
        "first_name": person.first_name,
        "address1": person.street,
        "phone": None,
        "city": person.city,
        "zip": person.zip_code,
        "province": None,
        "country": person.market.country,
        "last_name": person.last_name,
        "address2": None,
        "company": f"Café {person.last_name}" if person.wholesale else None,
        "latitude": None,
        "longitude": None,
        "name": person.name,
        "country_code": person.market.country_code,
        "province_code": None,
    }


def _default_address(person: Person) -> Body:
    address = postal_address(person)
    del address["latitude"], address["longitude"]
    names = {"country_name": person.market.country, "default": True}
    return {"id": person.address_id, "customer_id": person.id, **address, **names}


def _consent(person: Person) -> Body:
    return {
        "state": "subscribed" if person.consent else "not_subscribed",
        "opt_in_level": "single_opt_in" if person.consent else None,
        "consent_updated_at": local_iso(person.consent_at),
    }


def _town(rng: Random, market: Market) -> dict[str, str]:
    zip_code, city = rng.choice(market.towns)
    return {"zip_code": zip_code, "city": city}


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha()).lower()
