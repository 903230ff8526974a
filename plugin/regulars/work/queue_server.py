"""What the queue server says about itself and about our workers: for doctor and /metrics, never for the work."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker, Worker
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

from regulars.settings import Settings
from regulars.work.doorbell import connect


@dataclass(frozen=True, slots=True)
class QueueServer:
    """What was seen. Heartbeats are when each worker of our queue last said something."""

    policy: str
    keeps_a_file: bool  # an append-only file or snapshots: what it was told outlives its restart
    time: datetime
    database: int
    heartbeats: tuple[datetime, ...]
    workers_elsewhere: tuple[int, ...]  # other database numbers where somebody listens to a queue of our name


def look(settings: Settings) -> QueueServer:
    """Ask the queue server. Raises RedisError when it does not answer."""
    with connect(settings.redis_url) as client:
        told: Any = client.info()
        seconds, microseconds = client.time()
        number = int(client.connection_pool.connection_kwargs.get("db") or 0)
        return QueueServer(
            policy=told.get("maxmemory_policy", "noeviction"),
            keeps_a_file=bool(told.get("aof_enabled")) or _saves(client),
            time=datetime.fromtimestamp(seconds + microseconds / 1e6, UTC),
            database=number,
            heartbeats=tuple(_heartbeats(client, settings.queue)),
            workers_elsewhere=tuple(_elsewhere(settings, told, number)),
        )


def _saves(client: Any) -> bool:
    """Whether it writes snapshots; a provider that forbids the question is believed."""
    try:
        return bool(client.config_get("save").get("save"))
    except RedisError:
        return True


def _heartbeats(client: Any, queue: str) -> list[datetime]:
    ours = Queue(queue, connection=client, serializer=JSONSerializer)
    known: list[BaseWorker] = Worker.all(queue=ours, serializer=JSONSerializer)
    return [worker.last_heartbeat.astimezone(UTC) for worker in known if worker.last_heartbeat]


def _elsewhere(settings: Settings, told: Any, number: int) -> list[int]:
    others = [int(name.removeprefix("db")) for name in told if name.startswith("db") and name[2:].isdigit()]
    found = []
    for other in others:
        if other != number:
            with connect(settings.redis_url) as client:
                client.connection_pool.connection_kwargs["db"] = (
                    other  # the address's own number would win over an option
                )
                if client.scard(WORKERS_BY_QUEUE_KEY % settings.queue):
                    found.append(other)
    return found
