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
faults = Counter("regulars_faults", "Faults that this process met and got over", ["fault"], registry=REGISTRY)

#: The faults, each with what it means. Most are log events, under the same name.
FAULTS = {
    "database_failed": "a page could not ask the database and answered 503",
    "doorbell_missed": "a doorbell found no queue server; the sweep finds the row",
    "heartbeat_missed": "leases could not be renewed in time",
    "lease_lost": "another worker had taken over; what this one did was rolled back",
    "queue_server_away": "the worker lost its queue server",
    "row_failed": "a row failed; it is tried again or became a dead letter",
    "sending_failed": "a parcel was refused or got no answer; it is tried again, or waits for a person",
    "sweep_failed": "a sweep could not ask the database",
    "taken_over": "a row was taken over from a worker that never finished it",
    "tick_failed": "the clock could not write periodic work",
}

for (
    _fault
) in FAULTS:  # told as 0 from the start: a counter that appears with its first fault hides that fault from alarms
    faults.labels(_fault)


def watch_platform(platform: str) -> None:
    """Tell the counters of a platform from 0 on, before anything happened."""
    for counter in (events_kept, signatures_refused, events_not_kept):
        counter.labels(platform)
