"""The queue server and who listens to it. Nothing here can lose anything; it decides how quick the work is."""

from datetime import UTC, datetime

import redis

from regulars import health, runtime
from regulars.work import queue_server
from regulars.work.queue_server import QueueServer

_CLOCK_SECONDS = 1.0
_SILENT_SECONDS = 900.0  # a worker that waits says something every seven minutes


def answers() -> str | None:
    """Whether it is there at all."""
    return (health.queue_silence() or "").partition(":")[0] or None


def policy() -> str | None:
    """A cache forgets, a queue must not."""
    seen = _seen()
    return f"maxmemory-policy is {seen.policy}: jobs may be evicted" if seen and seen.policy != "noeviction" else None


def file() -> str | None:
    """Whether it knows anything after its restart."""
    seen = _seen()
    return (
        "it keeps no file: after its restart all due work waits for the sweep"
        if seen and not seen.keeps_a_file
        else None
    )


def clock() -> str | None:
    """RQ's own times are the queue server's."""
    seen = _seen()
    apart = (seen.time - datetime.now(UTC)).total_seconds() if seen else 0.0
    return f"the queue server is {apart:+.1f} s from this machine" if abs(apart) > _CLOCK_SECONDS else None


def workers() -> str | None:
    """Whether anybody answers the doorbell."""
    seen = _seen()
    if seen is None:
        return None
    if not seen.heartbeats:
        where = f"; in database {seen.workers_elsewhere[0]} somebody does" if seen.workers_elsewhere else ""
        return f"nobody listens to the queue {_queue()!r} in database {seen.database}{where}"
    silent = (seen.time - max(seen.heartbeats)).total_seconds()
    return f"no worker has said anything for {silent / 60:.0f} minutes" if silent > _SILENT_SECONDS else None


def _queue() -> str:
    return runtime.current().settings.queue


def _seen() -> QueueServer | None:
    """None when no queue server is set or it is away: that is the first check's to say."""
    settings = runtime.current().settings
    try:
        return queue_server.look(settings) if settings.redis_url else None
    except redis.RedisError:
        return None
