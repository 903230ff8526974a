"""What happens to an order: most are simply paid, some have a story worth showing."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TypeVar

_Kind = TypeVar("_Kind", bound=StrEnum)


class Fate(StrEnum):
    """How an order goes on after it was placed."""

    PAID = "paid"
    PENDING_THEN_PAID = "pending_then_paid"
    NEVER_PAID = "never_paid"
    AUTHORIZED_THEN_PAID = "authorized_then_paid"
    PARTIAL_REFUND = "partial_refund"
    REFUNDED_IN_TWO = "refunded_in_two"
    FULL_REFUND = "full_refund"
    AMOUNT_REFUND = "amount_refund"
    SHIPPING_REFUND = "shipping_refund"
    EDITED = "edited"
    CANCELLED_PAID = "cancelled_paid"
    CANCELLED_UNPAID = "cancelled_unpaid"


class Trait(StrEnum):
    """How an order is made up."""

    TEST = "test"
    GUEST = "guest"
    GUEST_ATTACHED = "guest_attached"
    PERCENT_CODE = "percent_code"
    FIXED_CODE = "fixed_code"
    SHIPPING_CODE = "shipping_code"
    FREE = "free"
    TIP = "tip"
    GIFT_CARD = "gift_card"
    PAID_BY_GIFT_CARD = "paid_by_gift_card"


@dataclass(frozen=True)
class Story:
    """The fate of an order and its traits."""

    fate: Fate
    traits: frozenset[Trait] = frozenset()

    @property
    def anonymous(self) -> bool:
        """Placed by nobody the shop knows."""
        return bool(self.traits & {Trait.TEST, Trait.GUEST, Trait.GUEST_ATTACHED})


PLAIN = Story(Fate.PAID)
# Of 1,000 orders this many have each fate; the rest are paid and done.
_FATES_PER_MILLE = {
    Fate.PENDING_THEN_PAID: 55,
    Fate.NEVER_PAID: 10,
    Fate.AUTHORIZED_THEN_PAID: 35,
    Fate.PARTIAL_REFUND: 38,
    Fate.REFUNDED_IN_TWO: 6,
    Fate.FULL_REFUND: 18,
    Fate.AMOUNT_REFUND: 12,
    Fate.SHIPPING_REFUND: 10,
    Fate.EDITED: 20,
    Fate.CANCELLED_PAID: 14,
    Fate.CANCELLED_UNPAID: 12,
}
_BUYERS_PER_MILLE = {Trait.TEST: 4, Trait.GUEST: 70, Trait.GUEST_ATTACHED: 15}
_CODES_PER_MILLE = {Trait.PERCENT_CODE: 90, Trait.FIXED_CODE: 60, Trait.SHIPPING_CODE: 30, Trait.FREE: 3}
_EXTRAS_PER_MILLE = {Trait.TIP: 60, Trait.GIFT_CARD: 35, Trait.PAID_BY_GIFT_CARD: 40}

SPECIALS: tuple[Story, ...] = (
    *(Story(fate) for fate in Fate if fate is not Fate.PAID),
    *(Story(Fate.PAID, frozenset({trait})) for trait in Trait),
    Story(Fate.PARTIAL_REFUND, frozenset({Trait.PERCENT_CODE})),
    Story(Fate.FULL_REFUND, frozenset({Trait.TIP, Trait.FIXED_CODE})),
)


def deal(rng: Random, orders: int) -> Iterator[Story]:
    """A story for each of `orders` orders; with 40 or more, every special one is there at least once.

    The special ones lie between a tenth and nine tenths of the way, so that what follows from them still happens.
    """
    places = {orders // 10 + orders * 8 * n // (10 * len(SPECIALS)): story for n, story in enumerate(SPECIALS)}
    for number in range(orders):
        yield places.get(number) or _draw(rng)


def _draw(rng: Random) -> Story:
    fate = _one(rng, _FATES_PER_MILLE) or Fate.PAID
    traits = {_one(rng, _EXTRAS_PER_MILLE), _one(rng, _CODES_PER_MILLE), _one(rng, _BUYERS_PER_MILLE)} - {None}
    if Trait.FREE in traits:
        return Story(Fate.PAID, frozenset({Trait.FREE}))
    if fate is not Fate.PAID:
        # Some pairs make no sense (a refund of a free order), so only the plain ones carry every trait.
        traits &= {Trait.PERCENT_CODE, Trait.FIXED_CODE, Trait.TIP, Trait.GUEST}
    return Story(fate, frozenset(trait for trait in traits if trait is not None))


def _one(rng: Random, per_mille: dict[_Kind, int]) -> _Kind | None:
    lot = rng.randrange(1000)
    for kind, share in per_mille.items():
        if lot < share:
            return kind
        lot -= share
    return None
