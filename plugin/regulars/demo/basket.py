"""Fills a basket: what somebody buys at a time of the year, at which price, with which code and tax."""

from datetime import datetime
from random import Random

from regulars.demo.catalogue import APPETITES, CHRISTMAS, GIFT_CARD, ON_SALE, Product, Variant
from regulars.demo.money import ZERO, Bag, amount_text, shown_in, split, total
from regulars.demo.orders import Code, Line, Order
from regulars.demo.people import Person
from regulars.demo.season import is_christmas
from regulars.demo.shop import Ids
from regulars.demo.stories import Fate, Story, Trait

_FREE_SHIPPING_FROM_MINOR = 4900
_SHIPPING_MINOR = {"CZ": 350, "SK": 490, "DE": 690, "AT": 690}
_FAR_SHIPPING_MINOR = 1450
_WHOLESALE_PERCENT = 72
# These need something left over when a part of them goes away.
_ROOMY = {Fate.PARTIAL_REFUND, Fate.REFUNDED_IN_TWO, Fate.EDITED, Fate.AMOUNT_REFUND}
_UNPAID = {
    Fate.PENDING_THEN_PAID: "pending",
    Fate.NEVER_PAID: "pending",
    Fate.CANCELLED_UNPAID: "pending",
    Fate.AUTHORIZED_THEN_PAID: "authorized",
}
# What goes into the basket, and how many of it.
Pick = tuple[Product, Variant, int]


def compose(rng: Random, ids: Ids, buyer: Person, story: Story, at: datetime) -> Order:
    """A new order of `buyer` placed at `at`, as its story wants it; belongs to the buyer unless anonymous."""
    return order_of(rng, ids, buyer, at, story=story, picks=_picks(rng, buyer, story, at))


def order_of(rng: Random, ids: Ids, buyer: Person, at: datetime, *, story: Story, picks: list[Pick]) -> Order:
    """The order for what was picked: prices, discounts, tax, shipping and tip."""
    included = not buyer.wholesale
    lines = [_line(ids, buyer, pick) for pick in picks]
    shipping_listed = _shipping(buyer, story, total([line.listed for line in lines]))
    code = _code(buyer, story, lines, shipping_listed)
    shipping_discount = shipping_listed if story.traits & {Trait.SHIPPING_CODE, Trait.FREE} else ZERO
    for line in lines:
        line.tax = _tax(line.charged, line.tax_percent, included)
    order = Order(
        id=ids.next("order"),
        number=ids.order_number(),
        token=f"{rng.getrandbits(128):032x}",
        created_at=at,
        buyer=buyer,
        customer=None if story.anonymous else buyer,
        currency=buyer.currency,
        lines=lines,
        shipping_line_id=ids.next("shipping_line"),
        shipping_title="Kurýr" if shipping_listed else "Doprava zdarma",
        shipping_listed=shipping_listed,
        shipping_discount=shipping_discount,
        shipping_tax=_tax(shipping_listed - shipping_discount, buyer.market.tax_percent, included),
        tip=shown_in(buyer.currency, rng.choice((100, 200, 300))) if Trait.TIP in story.traits else ZERO,
        taxes_included=included,
        code=code,
        gateways=_gateways(story),
        test=Trait.TEST in story.traits,
        financial_status=_UNPAID.get(story.fate, "paid"),
        updated_at=at,
        tags=["wholesale"] if buyer.wholesale else [],
    )
    if order.financial_status == "paid":
        order.settle()
    return order


def _picks(rng: Random, buyer: Person, story: Story, at: datetime) -> list[Pick]:
    wanted = rng.choices((1, 2, 3, 4), (46, 32, 16, 6))[0] + (2 if buyer.wholesale else 0)
    if story.fate in _ROOMY:
        wanted = max(2, wanted)
    products: dict[int, Product] = {}
    while len(products) < wanted:
        product = _product(rng, buyer, at)
        products.setdefault(product.id, product)
    picks = [_pick(rng, product, buyer.wholesale) for product in products.values()]
    if story.fate in _ROOMY:
        product, variant, quantity = picks[0]
        picks[0] = (product, variant, max(2, quantity))
    if Trait.GIFT_CARD in story.traits:
        picks.append((GIFT_CARD, rng.choice(GIFT_CARD.variants), 1))
    return picks


def _product(rng: Random, buyer: Person, at: datetime) -> Product:
    if is_christmas(at) and rng.random() < 0.3:
        return rng.choice(CHRISTMAS)
    if rng.random() < 0.5:
        return rng.choice(buyer.favourites)
    return rng.choices(ON_SALE, APPETITES)[0]


def _pick(rng: Random, product: Product, wholesale: bool) -> Pick:
    if wholesale:
        return product, product.variants[-1], rng.randrange(3, 9)
    return product, rng.choice(product.variants), rng.choices((1, 2, 3), (74, 20, 6))[0]


def _line(ids: Ids, buyer: Person, pick: Pick) -> Line:
    product, variant, quantity = pick
    price_minor = variant.price_minor * _WHOLESALE_PERCENT // 100 if buyer.wholesale else variant.price_minor
    tax_percent = buyer.market.food_tax_percent if product.food else buyer.market.tax_percent
    return Line(
        id=ids.next("line"),
        product=product,
        variant=variant,
        quantity=quantity,
        unit=shown_in(buyer.currency, price_minor),
        discount=ZERO,
        tax=ZERO,
        tax_percent=0 if product.gift_card else tax_percent,
        taxes_included=not buyer.wholesale,
        current_quantity=quantity,
    )


def _shipping(buyer: Person, story: Story, listed: Bag) -> Bag:
    always = story.fate in {Fate.SHIPPING_REFUND, Fate.FULL_REFUND} or Trait.SHIPPING_CODE in story.traits
    if listed.shop_minor >= _FREE_SHIPPING_FROM_MINOR and not always:
        return ZERO
    return shown_in(buyer.currency, _SHIPPING_MINOR.get(buyer.market.country_code, _FAR_SHIPPING_MINOR))


def _code(buyer: Person, story: Story, lines: list[Line], shipping: Bag) -> Code | None:
    if Trait.SHIPPING_CODE in story.traits:
        return Code("DOPRAVA", "shipping", "100.0", shipping)
    if Trait.FREE in story.traits:
        return _across(lines, "PODEKOVANI", "percentage", "100.0", total([line.listed for line in lines]))
    goods = total([line.listed for line in lines if not line.product.gift_card])
    if Trait.PERCENT_CODE in story.traits:
        return _across(lines, "MORAVA10", "percentage", "10.0", goods.rounded_part(10, 100))
    if Trait.FIXED_CODE in story.traits:
        amount_minor = min(500, goods.shop_minor)
        return _across(lines, "PETKA", "fixed_amount", amount_text(500), shown_in(buyer.currency, amount_minor))
    return None


def _across(lines: list[Line], code: str, kind: str, value: str, amount: Bag) -> Code:
    weights = [ZERO if line.product.gift_card else line.listed for line in lines]
    for line, share in zip(lines, split(amount, weights), strict=True):
        line.discount = share
    return Code(code, kind, value, amount)


def _tax(charged: Bag, percent: int, included: bool) -> Bag:
    return charged.rounded_part(percent, 100 + percent if included else 100)


def _gateways(story: Story) -> list[str]:
    if Trait.FREE in story.traits:
        return []
    if Trait.TEST in story.traits:
        return ["bogus"]
    if story.fate in {Fate.PENDING_THEN_PAID, Fate.NEVER_PAID, Fate.CANCELLED_UNPAID}:
        return ["Bankovní převod"]
    return ["gift_card", "shopify_payments"] if Trait.PAID_BY_GIFT_CARD in story.traits else ["shopify_payments"]
