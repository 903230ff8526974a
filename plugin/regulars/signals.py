"""What a host's code can listen to (blinker). Handlers get ids only, after the commit; `sender` is the Flask app.

The transaction that caused the signal is over: a handler that writes begins its own and commits it.
"""

from collections.abc import Sequence
from typing import Any

import structlog
from blinker import NamedSignal, Namespace
from flask import Flask, current_app
from sqlalchemy.orm import Session

from regulars import metrics
from regulars.db import after_commit

log = structlog.get_logger("regulars.signals")

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

for _signal in SIGNALS.values():  # told as 0 from the start, as every counter
    metrics.signal_handlers_failed.labels(_signal.name)


def tell(session: Session, signal: NamedSignal, **ids: Any) -> None:
    """Send a signal once, and only if, the transaction of this session has committed."""
    tell_each(session, signal, [ids])


def tell_each(session: Session, signal: NamedSignal, told: Sequence[dict[str, Any]]) -> None:
    """Send a signal for each of these, once the transaction of this session has committed, and only if it has."""
    if not told:
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    after_commit(session, lambda: _send_each(signal, app, told))


def _send_each(signal: NamedSignal, app: Flask, told: Sequence[dict[str, Any]]) -> None:
    for ids in told:
        _send(signal, app, ids)


def _send(signal: NamedSignal, app: Flask, ids: dict[str, Any]) -> None:
    """To every handler: one that fails neither hides from the caller that the commit happened nor stops the next."""
    for handler in () if signal.is_muted else signal.receivers_for(app):
        try:
            handler(app, **ids)
        except Exception:
            metrics.signal_handlers_failed.labels(signal.name).inc()
            log.exception("signal_handler_failed", signal=signal.name, handler=getattr(handler, "__qualname__", "?"))
