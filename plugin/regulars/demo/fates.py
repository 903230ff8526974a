"""What follows an order, step by step: each step changes the order and says which webhooks the platform sends."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from regulars.demo.documents import order_body
from regulars.demo.money import shown_in
from regulars.demo.orders import Line, Order
from regulars.demo.refunds import GivenBack, everything, refund
from regulars.demo.shop import Body, Ids
from regulars.demo.stories import Fate, Story, Trait

Told = list[tuple[str, Body]]
Step = Callable[[Order, Ids, datetime], Told]
# How long after the order each step comes.
Plan = list[tuple[timedelta, Step]]


def place(order: Order, _ids: Ids, _at: datetime) -> Told:
    """The order arrives; one paid at the checkout is told twice, as the platform does."""
    body = order_body(order)
    return [("orders/create", body)] + ([("orders/paid", body)] if order.financial_status == "paid" else [])


def pay(order: Order, _ids: Ids, at: datetime) -> Told:
    """The bank transfer arrives, or the authorized card is charged."""
    order.updated_at = at
    order.settle()
    return [("orders/paid", order_body(order))]


def fulfil(order: Order, ids: Ids, at: datetime) -> Told:
    """The parcel leaves; nothing changes for money or points."""
    order.fulfilled_at = order.updated_at = at
    order.fulfillment_id = ids.next("fulfillment")
    return [("orders/updated", order_body(order))]


def attach(order: Order, _ids: Ids, at: datetime) -> Told:
    """Support finds out whose guest order it was."""
    order.updated_at = at
    order.customer = order.buyer
    return [("orders/updated", order_body(order))]


def edit(order: Order, _ids: Ids, at: datetime) -> Told:
    """The shopper changes her mind before it is packed: a whole line goes, the rest stands."""
    order.updated_at = at
    order.lines[-1].current_quantity = 0
    return [("orders/updated", order_body(order))]


def cancel_paid(order: Order, ids: Ids, at: datetime) -> Told:
    """Cancelled after payment: everything goes back."""
    return _cancel(order, ids, at, "customer", pays=True)


def cancel_unpaid(order: Order, ids: Ids, at: datetime) -> Told:
    """Cancelled because the money never came."""
    order.financial_status = "voided"
    return _cancel(order, ids, at, "declined", pays=False)


def refund_some(order: Order, ids: Ids, at: datetime) -> Told:
    """One piece of the first line comes back."""
    return _give_back(order, ids, at, GivenBack("Poškozený obal", lines=[(order.lines[0], 1)]))


def refund_rest(order: Order, ids: Ids, at: datetime) -> Told:
    """All that still stands comes back, shipping and tip, too."""
    return _give_back(order, ids, at, GivenBack("Vráceno", lines=everything(order), shipping=True, amount=order.tip))


def refund_amount(order: Order, ids: Ids, at: datetime) -> Told:
    """Some money as a gesture, no goods."""
    gesture = GivenBack("Omluva za zpoždění", "no_restock", amount=shown_in(order.currency, 300))
    return _give_back(order, ids, at, gesture)


def refund_shipping(order: Order, ids: Ids, at: datetime) -> Told:
    """The parcel was late: shipping goes back."""
    return _give_back(order, ids, at, GivenBack(None, "no_restock", shipping=True))


def plan(rng: Random, story: Story) -> Plan:
    """What happens after an order of this story was placed, ascending."""
    steps = [(delay + timedelta(seconds=rng.randrange(20_000)), step) for delay, step in _PLANS[story.fate]]
    if Trait.GUEST_ATTACHED in story.traits:
        steps.append((timedelta(days=3, seconds=rng.randrange(20_000)), attach))
    if story.fate in _SHIPS and rng.random() < 0.35:
        steps.append((timedelta(days=1, seconds=rng.randrange(60_000)), fulfil))
    return sorted(steps, key=lambda step: step[0])


_PLANS: dict[Fate, Plan] = {
    Fate.PAID: [],
    Fate.PENDING_THEN_PAID: [(timedelta(days=2), pay)],
    Fate.NEVER_PAID: [],
    Fate.AUTHORIZED_THEN_PAID: [(timedelta(hours=20), pay)],
    Fate.PARTIAL_REFUND: [(timedelta(days=7), refund_some)],
    Fate.REFUNDED_IN_TWO: [(timedelta(days=5), refund_some), (timedelta(days=9), refund_rest)],
    Fate.FULL_REFUND: [(timedelta(days=8), refund_rest)],
    Fate.AMOUNT_REFUND: [(timedelta(days=6), refund_amount)],
    Fate.SHIPPING_REFUND: [(timedelta(days=6), refund_shipping)],
    Fate.EDITED: [(timedelta(hours=2), edit)],
    Fate.CANCELLED_PAID: [(timedelta(hours=5), cancel_paid)],
    Fate.CANCELLED_UNPAID: [(timedelta(days=10), cancel_unpaid)],
}
_SHIPS = {Fate.PAID, Fate.PARTIAL_REFUND, Fate.FULL_REFUND, Fate.AMOUNT_REFUND, Fate.SHIPPING_REFUND}


def _give_back(order: Order, ids: Ids, at: datetime, given: GivenBack) -> Told:
    order.updated_at = at
    body = refund(order, ids, given, at)
    return [("refunds/create", body), ("orders/updated", order_body(order))]


def _cancel(order: Order, ids: Ids, at: datetime, reason: str, pays: bool) -> Told:
    order.cancelled_at = order.updated_at = at
    order.cancel_reason = reason
    given = GivenBack("Order canceled", "cancel", everything(order), shipping=True, amount=order.tip, pays=pays)
    body = refund(order, ids, given, at)
    return [("refunds/create", body), ("orders/cancelled", order_body(order)), ("orders/updated", order_body(order))]


def kept_products(order: Order, story: Story) -> Iterator[Line]:
    """The lines somebody may well review: bought by a known customer, paid for, kept."""
    if story.fate is Fate.PAID and Trait.FREE not in story.traits and order.customer is not None:
        yield from (line for line in order.lines if not line.product.gift_card)
