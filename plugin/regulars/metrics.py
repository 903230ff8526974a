"""What we count, each once: the counters of this process. Never labelled by customer or shop."""

from prometheus_client import CollectorRegistry, Counter

REGISTRY = CollectorRegistry()

events_kept = Counter("regulars_events_kept", "Webhooks kept", ["platform"], registry=REGISTRY)
signatures_refused = Counter(
    "regulars_signatures_refused", "Webhooks with a wrong signature", ["platform"], registry=REGISTRY
)
events_not_kept = Counter(
    "regulars_events_not_kept", "Webhooks that could not be stored (503)", ["platform"], registry=REGISTRY
)
signal_handlers_failed = Counter(
    "regulars_signal_handlers_failed", "Handlers of the host that raised an error", ["signal"], registry=REGISTRY
)
