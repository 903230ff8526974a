"""What happens in the shop today, while somebody is watching: about a dozen events up to `now`."""

from datetime import datetime, timedelta
from random import Random

from regulars.demo.basket import Pick, order_of
from regulars.demo.catalogue import COFFEES, LAUNCHED_TODAY, ON_SALE, product_updated
from regulars.demo.fates import Step, Told, cancel_paid, place, refund_some
from regulars.demo.orders import Order
from regulars.demo.people import Person, Registry, customer_body, featured_person
from regulars.demo.shop import Body, DemoEvent, Ids, history_end, history_start, utc_iso
from regulars.demo.stories import PLAIN


def live_events(seed: int, now: datetime) -> list[DemoEvent]:
    """Today's events, ascending, the last one before `now` (aware).

    A coffee is launched; a new customer's first order is paid; the featured customer orders, and her
    orders/paid is delivered a second time (an event equal to the first); one piece of hers comes back and she
    reviews the new coffee; another new customer orders and cancels.
    """
    today = _Today(seed, now)
    today.play()
    return today.events


class _Today:
    def __init__(self, seed: int, now: datetime) -> None:
        self._rng = Random(f"{seed}:live")
        self._ids = Ids(live=True)
        self._registry = Registry(self._rng, self._ids, domains=("today.example.org",))
        self._featured = featured_person(history_start(now))
        self._at = history_end(now)
        self.events: list[DemoEvent] = []

    def play(self) -> None:
        at = self._next()
        self.events.append(DemoEvent(at, "standard", "product.updated", product_updated(LAUNCHED_TODAY, at)))
        self._newcomer_orders()
        order = self._featured_orders()
        canceller = self._arrives()
        cancelled = self._places(canceller, [(COFFEES[1], COFFEES[1].variants[2], 1)])
        self._step(cancel_paid, cancelled)
        self._step(refund_some, order)
        self._review()

    def _next(self) -> datetime:
        self._at += timedelta(seconds=self._rng.randrange(35, 70))
        return self._at

    def _arrives(self) -> Person:
        at = self._next()
        person = self._registry.newcomer(at)
        self.events.append(DemoEvent(at, "shopify", "customers/create", customer_body(person)))
        return person

    def _newcomer_orders(self) -> None:
        product = self._rng.choice(ON_SALE)
        self._places(self._arrives(), [(product, product.variants[0], 2)])

    def _featured_orders(self) -> Order:
        coffee = COFFEES[0]
        picks = [(coffee, coffee.variants[0], 2), (LAUNCHED_TODAY, LAUNCHED_TODAY.variants[0], 1)]
        order = self._places(self._featured, picks)
        self.events.append(self.events[-1])
        return order

    def _places(self, person: Person, picks: list[Pick]) -> Order:
        at = self._next()
        order = order_of(self._rng, self._ids, person, at, story=PLAIN, picks=picks)
        self._tell(place(order, self._ids, at), at)
        return order

    def _step(self, step: Step, order: Order) -> None:
        at = self._next()
        self._tell(step(order, self._ids, at), at)

    def _tell(self, told: Told, at: datetime) -> None:
        self.events += [DemoEvent(at, "shopify", topic, body) for topic, body in told]

    def _review(self) -> None:
        at = self._next()
        data: Body = {
            "id": str(self._ids.next("review")),
            "product_id": str(LAUNCHED_TODAY.id),
            "order_id": None,
            "customer": {"id": str(self._featured.id), "email": self._featured.email},
            "rating": 5,
            "title": "Krásná zimní káva",
            "body": "Ochutnala jsem v kavárně a doma chutná stejně dobře.",
            "status": "pending",
            "has_photo": True,
            "created_at": utc_iso(at),
            "updated_at": utc_iso(at),
        }
        self._standard("review.created", data, at)
        at = self._next()
        self._standard("review.updated", {**data, "status": "approved", "updated_at": utc_iso(at)}, at)

    def _standard(self, topic: str, data: Body, at: datetime) -> None:
        body = {"type": topic, "occurred_at": utc_iso(at), "data": data}
        self.events.append(DemoEvent(at, "standard", topic, body))
