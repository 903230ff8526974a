"""What a host's code can listen to (blinker). Handlers get ids only, after the commit; `sender` is the Flask app.

A handler that needs the database opens its own work: the transaction that caused the signal is over.
"""

from typing import Any

from blinker import NamedSignal, Namespace
from flask import current_app
from sqlalchemy.orm import Session

from regulars.db import after_commit

_signals = Namespace()

#: points_posted(shop_id, customer_id, unit, versions): ledger entries were written; `versions` is (first, last).
points_posted = _signals.signal("points-posted")
#: tier_changed(shop_id, customer_id, old, new): a customer stands on another tier; names, or None.
tier_changed = _signals.signal("tier-changed")
#: stage_changed(shop_id, customer_id, old, new): the lifecycle stage moved.
stage_changed = _signals.signal("stage-changed")
#: complaint_opened(shop_id, customer_id, complaint_id): somebody reported a problem.
complaint_opened = _signals.signal("complaint-opened")
#: redemption_confirmed(shop_id, customer_id, redemption_id): reserved points were spent for good.
redemption_confirmed = _signals.signal("redemption-confirmed")

SIGNALS = {
    "points_posted": points_posted,
    "tier_changed": tier_changed,
    "stage_changed": stage_changed,
    "complaint_opened": complaint_opened,
    "redemption_confirmed": redemption_confirmed,
}


def tell(session: Session, signal: NamedSignal, **ids: Any) -> None:
    """Send a signal once, and only if, the transaction of this session has committed."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    after_commit(session, lambda: signal.send(app, **ids))
