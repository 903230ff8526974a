"""Which of two documents of the same order is the newer one, whatever came first. Pure."""

from regulars.facts import OrderSeen, PaymentStatus

_PROGRESS = {PaymentStatus.PENDING: 0, PaymentStatus.PAID: 1, PaymentStatus.REFUNDED: 2, PaymentStatus.VOIDED: 3}
_CANCELLED = 3


def progress(order: OrderSeen) -> int:
    """How far an order has come: cancelled and voided > refunded > paid > pending."""
    return _CANCELLED if order.cancelled else _PROGRESS[order.payment]


def rank(order: OrderSeen) -> tuple[float, int, str]:
    """Documents compare by (updated_at, progress, body hash): the same winner in any order of arrival."""
    return order.updated_at.timestamp(), progress(order), order.body_hash
