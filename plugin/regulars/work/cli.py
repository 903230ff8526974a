"""`regulars worker`, `regulars clock`: the processes beside the web."""

import signal
import threading

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from rq import Queue, SimpleWorker, Worker
from rq.serializers import JSONSerializer

from regulars import runtime
from regulars.work import entry
from regulars.work.clockwork import start_sweeping, sweep, tick
from regulars.work.doorbell import connect_blocking

_TICK_SECONDS = 20.0


@click.command("worker")
@click.option("--forking", is_flag=True, help="One child process per job (RQ's Worker) instead of SimpleWorker.")
@click.option("--burst", is_flag=True, help="Stop when nothing is due.")
@with_appcontext
def worker(forking: bool, burst: bool) -> None:
    """Answer the doorbell and drain; without a queue server, look for work every few seconds."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    entry.use(app)
    settings = runtime.current().settings
    if burst or not settings.redis_url:
        _poll(settings.sweep_seconds, once=burst)
        return
    stop = start_sweeping(app, drains_itself=True)
    connection = connect_blocking(settings.redis_url)
    queue = Queue(settings.queue, connection=connection, serializer=JSONSerializer)
    kind = Worker if forking else SimpleWorker
    kind([queue], connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")
    stop.set()


def _poll(seconds: float, *, once: bool) -> None:
    stop = _until_told()
    sweep(drains_itself=True, rings=False)
    while not once and not stop.wait(seconds):
        sweep(drains_itself=True, rings=False)


@click.command("clock")
@click.option("--once", is_flag=True, help="Tick once and stop.")
@with_appcontext
def clock(once: bool) -> None:
    """Write periodic work when it is due; two clocks do no harm."""
    stop = _until_told()
    tick()
    while not once and not stop.wait(_TICK_SECONDS):
        tick()


def _until_told() -> threading.Event:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stop.set())
    return stop
