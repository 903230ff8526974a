"""An order in the generator's hands: what was bought, what still stands, and what was given back."""

from dataclasses import dataclass, field
from datetime import datetime

from regulars.demo.catalogue import Product, Variant
from regulars.demo.money import ZERO, Bag, total
from regulars.demo.people import Person
from regulars.demo.shop import Body


@dataclass
class Line:
    """One line; `discount` and `tax` are of the whole line, `current_quantity` is what still stands."""

    id: int
    product: Product
    variant: Variant
    quantity: int
    unit: Bag
    discount: Bag
    tax: Bag
    tax_percent: int
    taxes_included: bool
    current_quantity: int

    @property
    def listed(self) -> Bag:
        """Before discounts."""
        return self.unit * self.quantity

    @property
    def charged(self) -> Bag:
        """After discounts, with tax exactly when prices include it."""
        return self.listed - self.discount

    @property
    def net(self) -> Bag:
        """After discounts, without tax."""
        return self.charged - self.tax if self.taxes_included else self.charged

    def share(self, whole: Bag) -> Bag:
        """What still stands of an amount of the whole line, rounded down."""
        return whole.part(self.current_quantity, self.quantity)

    @property
    def standing_net(self) -> Bag:
        """What still stands, without tax."""
        return self.share(self.net)

    @property
    def standing_tax(self) -> Bag:
        """The tax on what still stands."""
        return self.share(self.tax)

    @property
    def standing(self) -> Bag:
        """What still stands as the platform's subtotal counts it: with tax exactly when prices include it."""
        return self.standing_net + self.standing_tax if self.taxes_included else self.standing_net


@dataclass(frozen=True)
class Code:
    """A discount code as the shopper typed it; `value` is percent or the shop's currency, as text."""

    code: str
    kind: str
    value: str
    amount: Bag


@dataclass
class Order:
    """The state of one order; every money field is kept in both currencies."""

    id: int
    number: int
    token: str
    created_at: datetime
    buyer: Person
    customer: Person | None
    currency: str
    lines: list[Line]
    shipping_line_id: int
    shipping_title: str
    shipping_listed: Bag
    shipping_discount: Bag
    shipping_tax: Bag
    tip: Bag
    taxes_included: bool
    code: Code | None
    gateways: list[str]
    test: bool
    financial_status: str
    updated_at: datetime
    shipping_refunded: Bag = ZERO
    shipping_tax_refunded: Bag = ZERO
    money_refunded: Bag = ZERO
    paid: Bag = ZERO
    fulfilled_at: datetime | None = None
    fulfillment_id: int | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    refunds: list[Body] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    @property
    def shipping(self) -> Bag:
        """What the shopper is charged for shipping."""
        return self.shipping_listed - self.shipping_discount

    @property
    def subtotal(self) -> Bag:
        """The lines after discounts."""
        return total([line.charged for line in self.lines])

    @property
    def tax(self) -> Bag:
        """The tax on lines and shipping."""
        return total([line.tax for line in self.lines]) + self.shipping_tax

    @property
    def total(self) -> Bag:
        """What the shopper pays in all."""
        return self.subtotal + self.shipping + self.tip + (ZERO if self.taxes_included else self.tax)

    @property
    def standing_subtotal(self) -> Bag:
        """The lines after discounts, refunds and edits."""
        return total([line.standing for line in self.lines])

    @property
    def standing_shipping(self) -> Bag:
        """Shipping after refunds."""
        return self.shipping - self.shipping_refunded

    @property
    def standing_tax(self) -> Bag:
        """The tax on what still stands of lines and shipping."""
        lines = total([line.standing_tax for line in self.lines])
        return lines + self.shipping_tax - self.shipping_tax_refunded

    @property
    def standing_total(self) -> Bag:
        """What the order is worth now; money given back without taking anything away does not lower it."""
        tax = ZERO if self.taxes_included else self.standing_tax
        return self.standing_subtotal + self.standing_shipping + self.tip + tax

    def settle(self) -> None:
        """The shopper pays all of it."""
        self.paid = self.total
        self.financial_status = "paid"

    def give_back(self, amount: Bag) -> None:
        """Money goes back; the status follows from how much of it."""
        self.money_refunded += amount
        self.financial_status = "refunded" if self.money_refunded == self.paid else "partially_refunded"
