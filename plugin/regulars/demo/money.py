"""Amounts as the platform tells them: what the shop books beside what the shopper saw."""

from dataclasses import dataclass
from typing import Any

from regulars.demo.shop import SHOP


@dataclass(frozen=True, slots=True)
class Bag:
    """One amount twice, in minor units: in the shop's currency and in the shopper's."""

    shop_minor: int
    shown_minor: int

    def __add__(self, other: "Bag") -> "Bag":
        return Bag(self.shop_minor + other.shop_minor, self.shown_minor + other.shown_minor)

    def __sub__(self, other: "Bag") -> "Bag":
        return Bag(self.shop_minor - other.shop_minor, self.shown_minor - other.shown_minor)

    def __mul__(self, times: int) -> "Bag":
        return Bag(self.shop_minor * times, self.shown_minor * times)

    def __neg__(self) -> "Bag":
        return Bag(-self.shop_minor, -self.shown_minor)

    def __bool__(self) -> bool:
        return self.shop_minor != 0 or self.shown_minor != 0

    def part(self, numerator: int, denominator: int) -> "Bag":
        """That fraction of the amount, each side rounded down."""
        return Bag(self.shop_minor * numerator // denominator, self.shown_minor * numerator // denominator)

    def rounded_part(self, numerator: int, denominator: int) -> "Bag":
        """That fraction of the amount, each side rounded half up."""
        return Bag(
            (2 * self.shop_minor * numerator + denominator) // (2 * denominator),
            (2 * self.shown_minor * numerator + denominator) // (2 * denominator),
        )


ZERO = Bag(0, 0)

# Shopper's minor units for 1,000 minor units of the shop; one rate for all two years keeps the demo readable.
RATES_PER_MILLE = {"EUR": 1000, "CZK": 24_650, "USD": 1_084}


def shown_in(currency: str, shop_minor: int) -> Bag:
    """A shop price with its face in the shopper's currency, rounded half up."""
    return Bag(shop_minor, (shop_minor * RATES_PER_MILLE[currency] + 500) // 1000)


def total(bags: list[Bag]) -> Bag:
    """The sum of the amounts."""
    return Bag(sum(bag.shop_minor for bag in bags), sum(bag.shown_minor for bag in bags))


def split(amount: Bag, weights: list[Bag]) -> list[Bag]:
    """Shares of `amount` in proportion to the weights; they add up to it exactly, no cent left over."""
    shop = _split(amount.shop_minor, [weight.shop_minor for weight in weights])
    shown = _split(amount.shown_minor, [weight.shown_minor for weight in weights])
    return [Bag(a, b) for a, b in zip(shop, shown, strict=True)]


def _split(amount_minor: int, weights: list[int]) -> list[int]:
    whole, done, given, shares = sum(weights), 0, 0, []
    for weight in weights:
        done += weight
        share = amount_minor * done // whole - given if whole else 0
        given += share
        shares.append(share)
    return shares


def amount_text(minor: int) -> str:
    """Minor units as the platform's decimal string."""
    sign, size = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{size // 100}.{size % 100:02d}"


def money_set(bag: Bag, currency: str) -> dict[str, Any]:
    """The platform's money bag."""
    return {
        "shop_money": {"amount": amount_text(bag.shop_minor), "currency_code": SHOP.currency},
        "presentment_money": {"amount": amount_text(bag.shown_minor), "currency_code": currency},
    }


def with_set(name: str, bag: Bag, currency: str) -> dict[str, Any]:
    """The pair every money field has: the string in the shop's currency and its bag."""
    return {name: amount_text(bag.shop_minor), f"{name}_set": money_set(bag, currency)}
