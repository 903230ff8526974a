"""The two years of Kavárna Morava as one stream of events, in order of time, made as it is read."""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random

from regulars.demo.basket import compose
from regulars.demo.catalogue import PRODUCTS, Product, product_updated
from regulars.demo.fates import Step, kept_products, place, plan
from regulars.demo.orders import Order
from regulars.demo.people import (
    Person,
    Registry,
    change_consent,
    customer_body,
    featured_customer,
    featured_person,
    next_order_in,
)
from regulars.demo.reviews import Reviewer
from regulars.demo.season import order_times
from regulars.demo.shop import Body, DemoEvent, Ids, Source, history_end, history_start
from regulars.demo.stories import Story, Trait, deal

Told = list[tuple[Source, str, Body]]
Act = Callable[[datetime], Told]

_SUBSCRIBERS_PER_ORDER = 0.06
_SUBSCRIBER_BUYS = 0.15
_DUE_GOES_FIRST = 0.8
_CONSENT_CHANGES = 0.12
_STOCK_COUNT_EVERY_DAYS = 61


def generate(seed: int, orders: int, now: datetime) -> Iterator[DemoEvent]:
    """The shop's history up to a quarter of an hour before `now` (aware), with exactly `orders` orders.

    Same arguments, same events. From 40 orders on, every special case occurs.
    """
    return _History(seed, orders, now).events()


class _History:
    """Who is due, what is still to come; everything random is drawn in one fixed order."""

    def __init__(self, seed: int, orders: int, now: datetime) -> None:
        self._start, self._end = history_start(now), history_end(now)
        self._rng = Random(f"{seed}:buyers")
        self._orders_rng = Random(f"{seed}:orders")
        self._ids = Ids()
        self._registry = Registry(Random(f"{seed}:people"), self._ids)
        self._reviewer = Reviewer(Random(f"{seed}:reviews"), self._ids)
        self._times = order_times(Random(f"{seed}:times"), orders, self._start, self._end)
        self._stories = deal(Random(f"{seed}:stories"), orders)
        self._tick = count()
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._due: list[tuple[datetime, int, Person]] = []
        self._subscribers: list[Person] = []
        self._consents_changed = 0

    def events(self) -> Iterator[DemoEvent]:
        """Everything, from the first product to the last thing before the end."""
        self._open_shop()
        for at, story in zip(self._times, self._stories, strict=True):
            yield from self._until(at)
            self._order(at, story)
        yield from self._until(self._end)

    def _open_shop(self) -> None:
        for product in PRODUCTS[:-1]:
            self._plan(self._start, partial(_shelved, product))
        for round_number in range(1, 12):
            at = self._start + timedelta(days=_STOCK_COUNT_EVERY_DAYS * round_number, hours=3)
            self._plan(at, partial(_stock_count, round_number))
        featured = featured_person(self._start)
        self._announce(featured, self._start)
        self._come_back(featured, self._start + timedelta(days=1))

    def _until(self, limit: datetime) -> Iterator[DemoEvent]:
        while self._agenda and self._agenda[0][0] < limit:
            at, _, act = heapq.heappop(self._agenda)
            for source, topic, body in act(at):
                yield DemoEvent(at, source, topic, body)

    def _plan(self, at: datetime, act: Act) -> None:
        heapq.heappush(self._agenda, (at, next(self._tick), act))

    def _order(self, at: datetime, story: Story) -> None:
        self._maybe_subscriber(at)
        if story.anonymous:
            buyer = self._guest(at, story)
        else:
            buyer, at = self._buyer(at)
            self._next_visit(buyer, at)
        order = compose(self._orders_rng, self._ids, buyer, story, at)
        self._plan(at, partial(_told_by_platform, place, order, self._ids))
        for delay, step in plan(self._orders_rng, story):
            self._plan(at + delay, partial(_told_by_platform, step, order, self._ids))
        reviewed = [line.product for line in kept_products(order, story)]
        for told_at, body in self._reviewer.plan(order, reviewed):
            self._plan(told_at, partial(_written, body))

    def _guest(self, at: datetime, story: Story) -> Person:
        guest = self._registry.passer_by(at)
        if Trait.GUEST_ATTACHED in story.traits:
            self._greet(guest, at)
        return guest

    def _buyer(self, at: datetime) -> tuple[Person, datetime]:
        """Somebody whose time has come, or somebody new, who first looks around for some minutes."""
        if self._due and self._due[0][0] <= at:
            first = self._due[0][2]
            if first.id == featured_customer.id or self._rng.random() < _DUE_GOES_FIRST:
                return heapq.heappop(self._due)[2], at
        if self._subscribers and self._rng.random() < _SUBSCRIBER_BUYS:
            return self._subscribers.pop(self._rng.randrange(len(self._subscribers))), at
        person = self._registry.newcomer(at)
        self._greet(person, at)
        return person, min(at + timedelta(seconds=self._rng.randrange(120, 2400)), self._end - timedelta(seconds=1))

    def _next_visit(self, person: Person, at: datetime) -> None:
        gap = next_order_in(self._rng, person)
        if gap is not None:
            self._come_back(person, at + gap)

    def _come_back(self, person: Person, at: datetime) -> None:
        heapq.heappush(self._due, (at, next(self._tick), person))

    def _maybe_subscriber(self, at: datetime) -> None:
        if self._rng.random() < _SUBSCRIBERS_PER_ORDER:
            person = self._registry.passer_by(at)
            self._greet(person, at)
            self._subscribers.append(person)

    def _announce(self, person: Person, at: datetime) -> None:
        self._plan(at, partial(_arrived, person))

    def _greet(self, person: Person, at: datetime) -> None:
        self._announce(person, at)
        if self._rng.random() < _CONSENT_CHANGES or not self._consents_changed:
            self._consents_changed += 1
            later = at + timedelta(days=20 + self._rng.randrange(120))
            self._plan(later, partial(_consent_changed, person))


def _told_by_platform(step: Step, order: Order, ids: Ids, at: datetime) -> Told:
    return [("shopify", topic, body) for topic, body in step(order, ids, at)]


def _arrived(person: Person, _at: datetime) -> Told:
    return [("shopify", "customers/create", customer_body(person))]


def _consent_changed(person: Person, at: datetime) -> Told:
    change_consent(person, at)
    return [("shopify", "customers/update", customer_body(person))]


def _shelved(product: Product, at: datetime) -> Told:
    return [_standard(product_updated(product, at))]


def _written(review: Body, _at: datetime) -> Told:
    return [_standard(review)]


def _stock_count(round_number: int, at: datetime) -> Told:
    counted = PRODUCTS[:-2][round_number % 3 :: 3]
    return [_standard(product_updated(product, at, stock_change=-7 * round_number)) for product in counted]


def _standard(body: Body) -> tuple[Source, str, Body]:
    return "standard", str(body["type"]), body
