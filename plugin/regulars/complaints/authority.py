"""How many points a member of the staff may give, as data by role. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from regulars.customers.identity import email_key
from regulars.errors import Forbidden

#: How far back what a customer was given counts.
CUSTOMER_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most points at once, per giver and day of the shop, and per customer in 30 days whoever gave; None: no limit."""

    per_action: int
    per_giver_and_day: int | None
    per_customer_and_30_days: int | None


LIMITS = {
    "analyst": Limits(0, 0, 0),
    "agent": Limits(500, 2_000, 1_000),
    "lead": Limits(2_500, 10_000, 5_000),
    "owner": Limits(1_000_000, None, None),
}
_NOTHING = LIMITS["analyst"]


def remaining(role: str, given_today: int, given_to_customer_30d: int) -> int:
    """How many points somebody of this role may give this customer now; an unknown role gives nothing."""
    limits = LIMITS.get(role, _NOTHING)
    left = [limits.per_action]
    if limits.per_giver_and_day is not None:
        left.append(limits.per_giver_and_day - given_today)
    if limits.per_customer_and_30_days is not None:
        left.append(limits.per_customer_and_30_days - given_to_customer_30d)
    return max(0, min(left))


def check_not_own(giver_email: str, customer_emails: set[str]) -> None:
    """Raises Forbidden when one of the customer's addresses is the giver's own."""
    own = email_key(giver_email)
    if own and own in {email_key(email) for email in customer_emails}:
        raise Forbidden("This customer has your own e-mail address: somebody else must decide about points for it.")
