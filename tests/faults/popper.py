"""Workers on two queues that die by kill -9 right after they took a job from one: `python -m tests.faults.popper URL`.

With two queues RQ takes a job with a plain pop: it is in no queue and in no registry then. Each worker is forked from this
process; after each death it prints a line and forks the next, until it is killed itself.
"""

import os
import signal
import sys
from typing import Any

import redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer


class DiesAfterThePop(SimpleWorker):
    """Takes a job, and that is the last it does."""

    def execute_job(self, *_job_and_queue: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def take_one_and_die(url: str) -> None:
    """One worker's life."""
    connection = redis.Redis.from_url(url)
    queues = [Queue(name, connection=connection, serializer=JSONSerializer) for name in ("another", "regulars")]
    DiesAfterThePop(queues, connection=connection, serializer=JSONSerializer).work(logging_level="ERROR")


def main(url: str) -> None:
    """Fork, wait, tell, again."""
    while True:
        child = os.fork()
        if child == 0:
            take_one_and_die(url)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"died of {os.WTERMSIG(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
