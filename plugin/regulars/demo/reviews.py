"""What customers write about what they bought, and what the shop's moderators make of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from regulars.demo.catalogue import DISCONTINUED, Product
from regulars.demo.orders import Order
from regulars.demo.people import Person
from regulars.demo.shop import Body, Ids, utc_iso

_WORDS: dict[int, tuple[tuple[str, str], ...]] = {
    5: (
        ("Skvělé!", "Voní celá kuchyň, objednám znovu."),
        ("Wunderbar", "Frisch geröstet und schnell geliefert."),
        ("Výborné", "Presne to, čo som hľadal. Ďakujem."),
        ("Lovely", "Best cup I've had at home in years."),
    ),
    4: (("Dobré", "Chuť výborná, balení by mohlo být lepší."), ("Gut", "Etwas mild, aber sehr angenehm.")),
    3: (("Ujde to", "Čekal jsem víc ovoce a méně kyselosti."), ("Fine", "Nice, a bit dear for what it is.")),
    1: (("Zklamání", "Přišlo rozbité, čekám na odpověď."), ("Naja", "Leider nicht mein Geschmack.")),
}
_RATINGS, _RATING_SHARES = (5, 4, 3, 1), (62, 23, 10, 5)


@dataclass(frozen=True)
class Course:
    """How a review goes: its status when it arrives and the statuses that follow, days apart."""

    first: str
    then: tuple[str, ...] = ()
    twice: bool = False
    unbought: bool = False


# The first reviews go through these in order, so that even a small shop shows every kind.
OPENING_COURSES = (
    Course("pending", ("approved",)),
    Course("approved"),
    Course("pending", ("approved", "hidden")),
    Course("pending"),
    Course("approved", ("deleted",)),
    Course("pending", ("hidden",)),
    Course("pending", ("approved",), twice=True),
    Course("approved", unbought=True),
)
_COURSES = (Course("pending", ("approved",)), Course("approved"), *OPENING_COURSES[2:6])
_COURSE_SHARES = (70, 15, 4, 3, 2, 3)
_REVIEWED_SHARE = 0.16


@dataclass
class Reviewer:
    """Decides who writes a review and how it goes; keeps who wrote about what."""

    rng: Random
    ids: Ids
    opened: int = 0
    written: set[tuple[int, int]] = field(default_factory=set)

    def plan(self, order: Order, products: list[Product]) -> list[tuple[datetime, Body]]:
        """The bodies that follow an order of a known customer who kept these products, ascending in time."""
        customer, rng = order.customer, self.rng
        fresh = [product for product in products if customer and (customer.id, product.id) not in self.written]
        opening = self.opened < len(OPENING_COURSES)
        if customer is None or not fresh or (not opening and rng.random() > _REVIEWED_SHARE):
            return []
        if opening:
            course = OPENING_COURSES[self.opened]
            self.opened += 1
        else:
            course = rng.choices(_COURSES, _COURSE_SHARES)[0]
        product = DISCONTINUED if course.unbought else rng.choice(fresh)
        self.written.add((customer.id, product.id))
        at = order.created_at + timedelta(days=4 + rng.randrange(8), seconds=rng.randrange(80_000))
        told = list(self._told(customer, product, order, course, at))
        if course.twice:
            told += self._told(customer, product, order, course, at + timedelta(days=5))
        return sorted(told, key=lambda told_at: told_at[0])

    def _told(
        self, customer: Person, product: Product, order: Order, course: Course, at: datetime
    ) -> Iterator[tuple[datetime, Body]]:
        rating = self.rng.choices(_RATINGS, _RATING_SHARES)[0]
        words = self.rng.choice(_WORDS[rating])
        knows_order = not course.unbought and self.rng.random() < 0.7
        data: Body = {
            "id": str(self.ids.next("review")),
            "product_id": str(product.id),
            "order_id": str(order.id) if knows_order else None,
            "customer": {"id": str(customer.id), "email": customer.email},
            "rating": rating,
            "title": words[0],
            "body": words[1],
            "status": course.first,
            "has_photo": self.rng.random() < 0.2,
            "created_at": utc_iso(at),
            "updated_at": utc_iso(at),
        }
        yield at, _body("review.created", data, at)
        for status in course.then:
            at += timedelta(days=1, seconds=self.rng.randrange(40_000))
            data = {**data, "status": status, "updated_at": utc_iso(at)}
            yield at, _body("review.updated", data, at)


def _body(kind: str, data: Body, at: datetime) -> Body:
    return {"type": kind, "occurred_at": utc_iso(at), "data": data}
