"""The doorbell: one RQ job that says "there is work", rung at most once until somebody answers it."""

import time

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from regulars import metrics
from regulars.settings import Settings

ENTRY = "regulars.work.entry.run"
_CONNECT_SECONDS = 0.2
_ANSWER_SECONDS = 2.0
_FLAG_SECONDS = 30
_SILENT_SECONDS = 2.0


class Doorbell:
    """Rings through Redis; where it is absent or silent nothing is lost, the sweep finds the rows."""

    def __init__(self, settings: Settings) -> None:
        self.queue_name = settings.queue
        self.url = settings.redis_url
        self._flag = f"regulars:rung:{settings.queue}"
        self._silent_until = 0.0
        self._connection = connect(self.url) if self.url else None

    @property
    def connected(self) -> bool:
        """Whether there is a queue server and it answers."""
        try:
            return bool(self._connection and self._connection.ping())
        except redis.RedisError:
            return False

    def ring(self) -> bool:
        """Enqueue one drain job unless one is waiting already. False when there is no queue server to ring at.

        Who finds it silent waits for it, those of the next seconds do not: a webhook must not wait behind its time-outs.
        """
        if self._connection is None:
            return False
        if time.monotonic() < self._silent_until:
            metrics.faults.labels("doorbell_missed").inc()
            return False
        try:
            if self._connection.set(self._flag, 1, nx=True, ex=_FLAG_SECONDS):
                queue = Queue(self.queue_name, connection=self._connection, serializer=JSONSerializer)
                queue.enqueue(ENTRY, "drain", result_ttl=0, failure_ttl=3600, job_timeout=600)
        except redis.RedisError:
            self._silent_until = time.monotonic() + _SILENT_SECONDS
            metrics.faults.labels("doorbell_missed").inc()  # the row is the truth: a sweep will find it
            return False
        return True

    def answer(self) -> None:
        """Take the flag down before draining: whoever writes from now on rings anew."""
        if self._connection is None:
            return
        try:
            self._connection.delete(self._flag)
        except redis.RedisError:
            metrics.faults.labels("doorbell_missed").inc()  # the flag ends by itself


def connect(url: str) -> redis.Redis:
    """A Redis client that never makes a request wait long: 0.2 s to connect, 2 s to answer."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_ANSWER_SECONDS, health_check_interval=15
    )


def connect_blocking(url: str) -> redis.Redis:
    """A client for a worker, which waits on its queue: no limit on the answer, the same on the connection."""
    return redis.Redis.from_url(url, socket_connect_timeout=5, health_check_interval=15)
