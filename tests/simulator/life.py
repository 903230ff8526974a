"""What happens in the shop, and what it then tells us: every verb changes the truth and sends its documents."""

from dataclasses import dataclass, field
from itertools import count

from tests.simulator.clients import Sender
from tests.simulator.shop import CAST, PRODUCTS, Line, Refund, ShopOrder, person_document, refund_document
from tests.simulator.world import Simulation, whole


@dataclass
class Life:
    """The shop's own books: its orders and its reviews."""

    sim: Simulation
    sender: Sender
    orders: list[ShopOrder] = field(default_factory=list)
    reviews: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # id → customer, product, newest status
    poison: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = self.sim.rng
        self.numbers = count(1)

    def somebody_orders(self) -> str:
        """Somebody orders; most pay at once."""
        number, at = 900_000 + next(self.numbers), whole(self.sim.clock.moment)
        lines = [self._line(number * 10 + place) for place in range(self.rng.randint(1, 3))]
        who = self.rng.choice((*CAST, *CAST, None))
        order = ShopOrder(number, who, at, lines)
        self.orders.append(order)
        if self.rng.random() < 0.6:
            self._tells(order, "orders/create")
        if self.rng.random() < 0.85:
            order.status = "paid"
            self._tells(order, "orders/paid")
        self._tells(order, "orders/updated")
        return f"{who} orders {number}"

    def _line(self, id_: int) -> Line:
        cents, quantity = self.rng.choice((99, 1_000, 2_599, 10_000, 30_000)), self.rng.randint(1, 3)
        off = self.rng.choice((0, 0, 100, 333))
        return Line(id_, self.rng.choice(PRODUCTS), cents, quantity, off, quantity)

    def _tells(self, order: ShopOrder, topic: str) -> None:
        self.sender.says("shopify", topic, order.document())

    def an_order_changes(self) -> str:
        """It is paid, edited, fulfilled, cancelled, refunded, given to somebody else or deleted."""
        living = [order for order in self.orders if not order.deleted]
        if not living:
            return self.somebody_orders()
        order = self.rng.choice(living[-12:])
        order.updated_at = max(order.updated_at, whole(self.sim.clock.moment))
        change = self.rng.choice(
            (
                self._pays,
                self._edits,
                self._fulfils,
                self._cancels,
                self._refunds,
                self._refunds,
                self._moves,
                self._deletes,
            )
        )
        return f"order {order.id} {change(order)}"

    def _pays(self, order: ShopOrder) -> str:
        if order.status == "pending":
            order.status = self.rng.choice(("paid", "paid", "voided"))
        self._tells(order, "orders/paid" if order.status == "paid" else "orders/updated")
        return f"is {order.status}"

    def _edits(self, order: ShopOrder) -> str:
        if self.rng.random() < 0.5:
            line = self.rng.choice(order.lines)
            line.current = self.rng.randint(0, line.current)
        else:
            order.lines.append(self._line(order.id * 10 + len(order.lines)))
        self.sender.says("shopify", "orders/edited", b'{"order_edit": {"order_id": %d}}' % order.id)
        self._tells(order, "orders/updated")
        return "is edited"

    def _fulfils(self, order: ShopOrder) -> str:
        order.fulfilled = True
        self._tells(order, "orders/fulfilled")
        return "is fulfilled"

    def _cancels(self, order: ShopOrder) -> str:
        order.cancelled_at = order.cancelled_at or whole(self.sim.clock.moment)
        self._tells(order, "orders/cancelled")
        self._tells(order, "orders/updated")
        return "is cancelled"

    def _refunds(self, order: ShopOrder) -> str:
        line = self.rng.choice(order.lines)
        pieces = self.rng.randint(0, line.current)
        cents = line.net * pieces // line.quantity if pieces else self.rng.choice((0, 55, line.net // 3))
        refund = Refund(next(self.numbers), whole(self.sim.clock.moment), [(line.id, pieces, cents)])
        order.refunds.append(refund)
        line.current -= pieces
        order.status = "partially_refunded" if order.status == "paid" else order.status
        self.sender.says("shopify", "refunds/create", refund_document(order, refund))
        self._tells(order, "orders/updated")
        return f"is refunded {cents}"

    def _moves(self, order: ShopOrder) -> str:
        order.who = self.rng.choice((*CAST, None))
        self._tells(order, "orders/updated")
        return f"belongs to {order.who}"

    def _deletes(self, order: ShopOrder) -> str:
        if self.rng.random() < 0.7:
            return self._fulfils(order)
        order.deleted = True
        self.sender.says("shopify", "orders/delete", {"id": order.id})
        return "is deleted"

    def somebody_says_who_they_are(self) -> str:
        """A customer's own document."""
        who = self.rng.choice(CAST)
        self.sender.says("shopify", "customers/update", person_document(who, whole(self.sim.clock.moment)))
        return f"{who} updates their account"

    def somebody_reviews(self) -> str:
        """A review is written, approved or hidden; it comes by the other source."""
        id_ = f"r{self.rng.randint(1, 12)}"
        who, product, _ = self.reviews.get(id_, (self.rng.choice(CAST), self.rng.choice(PRODUCTS), ""))
        status = self.rng.choice(("approved", "approved", "hidden", "pending"))
        self.sim.clock.passes(1)  # two words about one review in one second would need a tie-break of its own
        self.reviews[id_] = (who, product, status)
        at = whole(self.sim.clock.moment).isoformat()
        data = {
            "id": id_, "status": status, "rating": self.rng.randint(1, 5), "product_id": product,
            "customer": {"id": who}, "updated_at": at,
        }  # fmt: skip
        self.sender.says("standard", "standard", {"type": "review.updated", "occurred_at": at, "data": data})
        return f"review {id_} of {product} by {who} is {status}"

    def something_unreadable_is_sent(self) -> str:
        """Authentic and useless: it must become a dead letter, and nothing must stand behind it."""
        body = b'{"id": 9%d,' % next(self.numbers)
        self.poison.append(body)
        self.sender.says("shopify", "orders/updated", body)
        return "sends half a document"
