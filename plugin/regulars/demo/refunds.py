"""Takes things back from an order and writes the refund down as the platform does."""

from dataclasses import dataclass, field
from datetime import datetime

from regulars.demo.documents import line_body, shipping_line_body
from regulars.demo.money import ZERO, Bag, amount_text, money_set, total
from regulars.demo.orders import Line, Order
from regulars.demo.shop import SHOP, Body, Ids, gid, local_iso


@dataclass
class GivenBack:
    """What one refund is about; `money` is what the shopper gets, `restock` says what happens to the goods."""

    note: str | None = None
    restock: str = "return"
    lines: list[tuple[Line, int]] = field(default_factory=list)
    shipping: bool = False
    amount: Bag = ZERO
    pays: bool = True


def refund(order: Order, ids: Ids, given: GivenBack, at: datetime) -> Body:
    """Changes the order and returns the body of refunds/create, which later order bodies embed, too.

    Money = lines + their tax + shipping + its tax + amount. `subtotal` is without tax, `total_tax` apart.
    """
    refund_id = ids.next("refund")
    lines = [_take_line(order, ids, line, quantity, given.restock) for line, quantity in given.lines]
    shipping_lines, adjustments = _take_shipping(order, ids, refund_id) if given.shipping else ([], [])
    if given.amount:
        adjustments.append(
            _adjustment(order, ids, refund_id, amount=-given.amount, tax=ZERO, kind="refund_discrepancy")
        )
    money = total([bag for _, bag in lines]) + _shipping_money(order, given) + given.amount
    body = {
        "id": refund_id,
        "order_id": order.id,
        "created_at": local_iso(at),
        "note": given.note,
        "user_id": 94_310_551_643,
        "processed_at": local_iso(at),
        "duties": [],
        "total_duties_set": money_set(ZERO, order.currency),
        "return": None,
        "restock": given.restock != "no_restock" and bool(lines),
        "additional_fees": [],
        "total_additional_fees_set": money_set(ZERO, order.currency),
        "refund_shipping_lines": shipping_lines,
        "admin_graphql_api_id": gid("Refund", refund_id),
        "order_adjustments": adjustments,
        "refund_line_items": [line for line, _ in lines],
        "transactions": [_transaction(order, ids, money, at)] if given.pays and money else [],
    }
    if given.pays and money:
        order.give_back(money)
    order.refunds.append(body)
    return body


def everything(order: Order) -> list[tuple[Line, int]]:
    """Each line with all that still stands of it."""
    return [(line, line.current_quantity) for line in order.lines if line.current_quantity]


def _take_line(order: Order, ids: Ids, line: Line, quantity: int, restock: str) -> tuple[Body, Bag]:
    # The share that stays is rounded down and the rest goes back, so parts always add up to the whole.
    net, tax = line.standing_net, line.standing_tax
    line.current_quantity -= quantity
    net, tax = net - line.standing_net, tax - line.standing_tax
    body = {
        "id": ids.next("refund_line"),
        "quantity": quantity,
        "line_item_id": line.id,
        "location_id": None if restock == "no_restock" else 71_350_223_019,
        "restock_type": restock,
        "subtotal": net.shop_minor / 100,
        "total_tax": tax.shop_minor / 100,
        "subtotal_set": money_set(net, order.currency),
        "total_tax_set": money_set(tax, order.currency),
        "line_item": line_body(line, order),
    }
    return body, net + tax


def _shipping_money(order: Order, given: GivenBack) -> Bag:
    if not given.shipping:
        return ZERO
    return order.shipping_refunded + (ZERO if order.taxes_included else order.shipping_tax_refunded)


def _take_shipping(order: Order, ids: Ids, refund_id: int) -> tuple[list[Body], list[Body]]:
    """All of the shipping; only asked for once per order."""
    order.shipping_refunded, order.shipping_tax_refunded = order.shipping, order.shipping_tax
    if not order.shipping:
        return [], []
    net = order.shipping - order.shipping_tax if order.taxes_included else order.shipping
    line = {
        "id": ids.next("refund_shipping"),
        "shipping_line_id": order.shipping_line_id,
        "subtotal_amount_set": money_set(net, order.currency),
        "shipping_line": shipping_line_body(order),
    }
    return [line], [_adjustment(order, ids, refund_id, amount=-net, tax=-order.shipping_tax, kind="shipping_refund")]


def _adjustment(order: Order, ids: Ids, refund_id: int, *, amount: Bag, tax: Bag, kind: str) -> Body:
    return {
        "id": ids.next("adjustment"),
        "order_id": order.id,
        "refund_id": refund_id,
        "amount": amount_text(amount.shop_minor),
        "tax_amount": amount_text(tax.shop_minor),
        "kind": kind,
        "reason": kind.replace("_", " ").capitalize(),
        "amount_set": money_set(amount, order.currency),
        "tax_amount_set": money_set(tax, order.currency),
    }


def _transaction(order: Order, ids: Ids, money: Bag, at: datetime) -> Body:
    transaction_id = ids.next("transaction")
    manual = order.gateways[-1] == "Bankovní převod"
    return {
        "id": transaction_id,
        "order_id": order.id,
        "kind": "refund",
        "gateway": order.gateways[-1],
        "status": "success",
        "message": None,
        "created_at": local_iso(at),
        "test": order.test,
        "authorization": None,
        "location_id": None,
        "user_id": None,
        "parent_id": None,
        "processed_at": local_iso(at),
        "device_id": None,
        "error_code": None,
        "source_name": "1830279",
        "receipt": {},
        "amount": amount_text(money.shop_minor),
        "currency": SHOP.currency,
        "payment_id": f"#{order.number}.1",
        "total_unsettled_set": money_set(ZERO, order.currency),
        "manual_payment_gateway": manual,
        "amount_rounding": None,
        "admin_graphql_api_id": gid("OrderTransaction", transaction_id),
    }
