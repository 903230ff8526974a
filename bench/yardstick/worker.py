"""`python -m bench.yardstick.worker [--forking]`: an RQ worker of the yardstick, with its app made once."""

import sys

from flask import Flask
from rq import Queue, SimpleWorker, Worker
from rq.worker import BaseWorker

from bench.yardstick.app import create_app


def main() -> None:
    """Work until told to stop."""
    app: Flask = create_app()
    queue: Queue = app.config["QUEUE"]
    kind: type[BaseWorker] = Worker if "--forking" in sys.argv else SimpleWorker
    with app.app_context():
        kind([queue], connection=queue.connection).work(logging_level="ERROR")


if __name__ == "__main__":
    main()
