"""What a line, a refund, an order is worth: after discounts, without tax, in the shop's currency. Pure."""

from collections.abc import Sequence

import msgspec

from regulars_webhooks.bodies import amount, amount_or_zero, decode, not_negative
from regulars_webhooks.shares import spread
from regulars_webhooks.shopify.documents import Line, Order, Refund, RefundedLine, RefundLine

_REFUNDED_LINE = msgspec.json.Decoder(RefundedLine)


def line_nets(order: Order, currency: str) -> list[int]:
    """Each whole line's net in minor units: price × quantity − discounts − tax inside the price; never below zero."""
    gross = [_gross(line, currency, f"line_items[{position}]") for position, line in enumerate(order.line_items)]
    discounts = _line_discounts(order, gross, currency)
    after = [max(0, whole - less) for whole, less in zip(gross, discounts, strict=True)]
    if not order.taxes_included:
        return after
    taxes = _line_taxes(order, after, currency)
    return [max(0, whole - tax) for whole, tax in zip(after, taxes, strict=True)]


def _gross(line: Line, currency: str, place: str) -> int:
    not_negative(amount(line.price, currency, f"{place}.price"), f"{place}.price")
    return amount(line.price * line.quantity, currency, f"{place}.price × quantity")


def _line_discounts(order: Order, gross: Sequence[int], currency: str) -> list[int]:
    """Allocations where the platform made them; in old shapes the line's own discount and a share of the order's rest."""
    if any(line.discount_allocations is not None for line in order.line_items):
        return [
            sum(amount(part.amount, currency, "discount_allocations") for part in line.discount_allocations or ())
            for line in order.line_items
        ]
    own = [amount_or_zero(line.total_discount, currency, "total_discount") for line in order.line_items]
    rest = amount_or_zero(order.total_discounts, currency, "total_discounts") - sum(own)
    rest -= sum(
        amount_or_zero(code.amount, currency, "discount_codes") for code in order.discount_codes or () if code.type == "shipping"
    )  # fmt: skip
    left = [max(0, whole - less) for whole, less in zip(gross, own, strict=True)]
    shares = spread(min(max(0, rest), sum(left)), left)
    return [less + share for less, share in zip(own, shares, strict=True)]


def _line_taxes(order: Order, after: Sequence[int], currency: str) -> list[int]:
    """The tax in each line's price; where no line tells its own, a share of the order's, with shipping taking part."""
    if any(line.tax_lines for line in order.line_items):
        return [_taxes(line.tax_lines, currency) for line in order.line_items]
    total = not_negative(amount_or_zero(order.total_tax, currency, "total_tax"), "total_tax")
    return spread(total, [*after, shipping(order, currency)])[: len(after)]


def _taxes(tax_lines: Sequence[object] | None, currency: str) -> int:
    return sum(amount_or_zero(getattr(tax, "price", None), currency, "tax_lines") for tax in tax_lines or ())


def shipping(order: Order, currency: str) -> int:
    """What shipping cost, in minor units."""
    whole = order.total_shipping_price_set.shop_amount if order.total_shipping_price_set else None
    if whole is not None:
        return not_negative(amount(whole, currency, "total_shipping_price_set"), "total_shipping_price_set")
    prices = [
        line.price if line.discounted_price is None else line.discounted_price for line in order.shipping_lines or ()
    ]
    total = sum(amount_or_zero(price, currency, "shipping_lines.price") for price in prices)
    return not_negative(total, "shipping_lines.price")


def refund_line_net(part: RefundLine, currency: str, line: tuple[int, int] | None) -> int:
    """The net of what went back of one line; old shapes have none: then the share of `line` (its net, its quantity)."""
    if part.subtotal is not None:
        return not_negative(amount(part.subtotal, currency, "refund_line_items.subtotal"), "refund_line_items.subtotal")
    net, quantity = line or _embedded(part, currency)
    return net * min(part.quantity, quantity) // quantity if quantity else 0


def _embedded(part: RefundLine, currency: str) -> tuple[int, int]:
    raw = bytes(part.line_item)
    if not raw or raw == b"null":
        return 0, 0
    line = decode(raw, _REFUNDED_LINE)
    if line.price is None:
        return 0, 0
    place = "refund_line_items.line_item"
    less = sum(amount(cut.amount, currency, place) for cut in line.discount_allocations or ())
    not_negative(amount(line.price, currency, place), place)
    return max(0, amount(line.price * line.quantity, currency, place) - less), line.quantity


def refund_money(refund: Refund, currency: str) -> int:
    """What was really paid back, in minor units of the shop's currency, tax included.

    Transactions say it in the currency in which the money moved. Where that is the shopper's, the refund's own parts
    in the shop's money are added up instead.
    """
    paid = [one for one in refund.transactions or () if one.kind == "refund" and one.status == "success"]
    if all((one.currency or currency).upper() == currency for one in paid):
        return sum(amount_or_zero(one.amount, currency, "transactions.amount") for one in paid)
    lines = sum(
        amount_or_zero(part.subtotal, currency, "refund_line_items.subtotal")
        + amount_or_zero(part.total_tax, currency, "refund_line_items.total_tax")
        for part in refund.refund_line_items or ()
    )
    return max(0, lines + _shipping_given_back(refund, currency) - _adjusted(refund, currency))


def _adjusted(refund: Refund, currency: str) -> int:
    return sum(
        amount_or_zero(one.amount, currency, "order_adjustments.amount")
        + amount_or_zero(one.tax_amount, currency, "order_adjustments.tax_amount")
        for one in refund.order_adjustments or ()
    )


def _shipping_given_back(refund: Refund, currency: str) -> int:
    """Shipping that no adjustment speaks of: older versions write it as one, newer ones as a line of its own."""
    if any(one.kind == "shipping_refund" for one in refund.order_adjustments or ()):
        return 0
    sets = [line.subtotal_amount_set for line in refund.refund_shipping_lines or ()]
    return sum(amount_or_zero(one.shop_amount, currency, "refund_shipping_lines") for one in sets if one)
