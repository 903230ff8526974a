"""`regulars worker`, `regulars clock`: the processes beside the web."""

import os
import signal
import threading

import click
import redis
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from rq import Queue, SimpleWorker, Worker
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from regulars import health, metrics, metrics_server, runtime
from regulars.settings import Settings
from regulars.work import entry
from regulars.work.clockwork import SWEEPING, start_sweeping, sweep, tick
from regulars.work.doorbell import connect_blocking

log = structlog.get_logger("regulars.work")

_TICK_SECONDS = 20.0
_RECONNECT_SECONDS = 2.0


@click.command("worker")
@click.option("--forking", is_flag=True, help="One child process per job (RQ's Worker) instead of SimpleWorker.")
@click.option("--burst", is_flag=True, help="Stop when nothing is due.")
@with_appcontext
def worker(forking: bool, burst: bool) -> None:
    """Answer the doorbell and drain; without a queue server, look for work every few seconds."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    entry.use(app)
    health.demand_root_key()
    metrics_server.serve(app)
    runtime.settle_in()
    settings = runtime.current().settings
    if burst or not settings.redis_url:
        _poll(settings.sweep_seconds, once=burst)
        return
    if forking:
        _fork_cleanly(app)
    stop = start_sweeping(app, drains_itself=True)
    _answer(settings, Worker if forking else SimpleWorker)
    stop.set()


def _answer(settings: Settings, kind: type[BaseWorker]) -> None:
    """Answer the doorbell until SIGTERM; while the queue server is away the sweep drains, and we look for it again."""
    while True:
        told = _until_told()
        connection = connect_blocking(settings.redis_url)
        queue = Queue(settings.queue, connection=connection, serializer=JSONSerializer)
        try:
            answering = kind([queue], connection=connection, serializer=JSONSerializer)
            answering.max_connection_wait_time = _RECONNECT_SECONDS
            answering.work(logging_level="ERROR")
        except redis.RedisError as error:
            metrics.faults.labels("queue_server_away").inc()
            log.warning("queue_server_away", error=type(error).__name__)
        else:
            if signal.getsignal(signal.SIGTERM) == answering.request_force_stop:  # RQ was told to stop, and did
                return
        if told.wait(_RECONNECT_SECONDS):
            return


def _fork_cleanly(app: Flask) -> None:
    """A job's own process must not speak on its parent's connections, nor be born while the parent holds a lock."""
    with app.app_context():
        engines: list[Engine] = list(app.extensions["sqlalchemy"].engines.values())

    def in_child() -> None:
        SWEEPING.release()
        for engine in engines:
            engine.dispose(close=False)

    os.register_at_fork(before=SWEEPING.acquire, after_in_parent=SWEEPING.release, after_in_child=in_child)


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
    if once:
        tick()
        return
    metrics_server.serve(current_app._get_current_object())  # type: ignore[attr-defined]
    _tick()
    while not stop.wait(_TICK_SECONDS):
        _tick()


def _tick() -> None:
    try:
        tick()
    except DBAPIError as error:  # the database is away: the next tick writes what this one could not
        metrics.faults.labels("tick_failed").inc()
        log.warning("tick_failed", error=type(error).__name__)


def _until_told() -> threading.Event:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stop.set())
    return stop
