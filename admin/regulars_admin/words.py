"""Codes as words: why a stage changed, why a message was not sent, why an order earned nothing. Pure."""

from regulars.messaging.permission import REASONS as MESSAGE_REASONS

#: Why something is as it is, after a colon.
REASONS = MESSAGE_REASONS | {
    "no_standing_order": "no paid order stands",
    "first_order": "the first order is paid",
    "first_order_grew_old": "the first order is a month old and none has followed",
    "ordered_again": "ordered again",
    "public_praise": "praised the shop in public",
    "open_problem": "praised the shop in public, but a complaint is open",
    "own_rhythm": "by the gaps between their own orders",
    "threshold_reached": "earned enough points",
    "points_taken_back": "points were taken back",
}


def because(code: str | None) -> str:
    """A reason's code as words; an unknown code is shown as it is, readable."""
    return REASONS.get(code or "", (code or "").replace("_", " ").replace(":", ": "))


def signed(change: int) -> str:
    """A change with its sign: +120 or −40, the minus as long as the plus."""
    return f"+{change:,}" if change > 0 else f"−{-change:,}"


def why_nothing(*, test: bool, cancelled: bool, payment: str) -> str:
    """Why an order has no entry in the ledger."""
    if test:
        return "Nothing: it is a test order."
    if cancelled:
        return "Nothing: it was cancelled before it earned."
    if payment != "paid":
        return f"Nothing: its payment is {payment}."
    return "Nothing yet."
