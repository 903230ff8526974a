"""Whether a message may leave, and why not. Pure."""

from datetime import datetime

#: Every reason of a skipped message, and what it means.
REASONS = {
    "marketing_not_ready": "promotions are refused until consent, quiet hours and the contact budget are enforced",
    "customer_deleted": "the shop deleted this customer",
    "too_late": "its time was over before it could leave",
    "no_address": "we know no e-mail of theirs that mail can be sent to",
    "no_mail_server": "REGULARS_SMTP_URL is not set",
    "nothing_to_say": "what it was about is gone: the order was cancelled, the words were erased",
}


def hopeless(purpose: str, now: datetime, latest_at: datetime) -> str | None:
    """The reason for which a message can never leave, whoever it is for; known before anything is loaded."""
    if purpose != "care":
        return "marketing_not_ready"
    return "too_late" if now > latest_at else None


def may_send(
    purpose: str, customer_state: str | None, has_address: bool, now: datetime, latest_at: datetime
) -> str | None:
    """None when it may leave now, or the reason code. `customer_state` is None for somebody we do not know any more."""
    if reason := hopeless(purpose, now, latest_at):
        return reason
    if customer_state != "active":
        return "customer_deleted"
    return None if has_address else "no_address"
