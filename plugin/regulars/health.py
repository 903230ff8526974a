"""Is it alive, is it ready, and how is it: /healthz, /readyz, /metrics."""

import hmac
import os
from contextlib import suppress
from typing import Any

import redis
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CollectorRegistry, Gauge, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from regulars import clock, runtime, shops
from regulars.db import NO_DATABASE, all_shops, reading
from regulars.errors import SettingsError
from regulars.metrics import REGISTRY
from regulars.settings import Settings
from regulars.work.doorbell import connect

_STATES = ("ready", "leased", "dead")


def blueprint(settings: Settings) -> Blueprint:
    """The three addresses; they tell nothing about any shop or shopper."""
    pages = Blueprint("regulars_health", __name__, url_prefix=settings.health_prefix or None)
    pages.get("/healthz")(lambda: jsonify(status="alive"))
    pages.get("/readyz")(readyz)
    pages.get("/metrics")(metrics)
    return pages


def readyz() -> tuple[Response, int]:
    """200 when the database answers and the queue server, if it answers, does not evict; else 503 and the reasons.

    A queue server that is away is a warning only: webhooks are kept without it, and a host taken out for it would lose them.
    """
    silent = queue_silence()
    database = database_trouble()
    reasons = [why for why in (database or key_trouble(), None if silent else queue_trouble()) if why]
    told = jsonify(status="not ready" if reasons else "ready", reasons=reasons, warnings=[silent] if silent else [])
    return told, 503 if reasons else 200


def database_trouble() -> str | None:
    """What is wrong with the database, in a sentence, or None."""
    try:
        with reading() as session:
            session.execute(text("SELECT 1"))
            session.execute(text("SELECT version_num FROM regulars_alembic_version"))
    except DBAPIError as error:
        return f"The database does not answer as it should ({type(error.orig).__name__}): is it up, was `regulars db upgrade` run?"
    return None


def key_trouble() -> str | None:
    """What is wrong with the root key, in a sentence, or None."""
    with reading() as session:
        return shops.root_key_trouble(session)


def demand_root_key() -> None:
    """Raises SettingsError under a wrong root key; while the database is away nobody can tell."""
    with suppress(*NO_DATABASE):
        trouble = key_trouble()
        if trouble:
            raise SettingsError(trouble)


def queue_silence() -> str | None:
    """A sentence when a queue server is set and does not answer, else None."""
    url = runtime.current().settings.redis_url
    try:
        if url:
            connect(url).ping()
    except redis.RedisError as error:
        return f"The queue server does not answer ({type(error).__name__}): nothing is lost, work waits for the sweep."
    return None


def queue_trouble() -> str | None:
    """What is wrong with the settings of a queue server that answers, in a sentence, or None (also when none is set)."""
    url = runtime.current().settings.redis_url
    if not url:
        return None
    memory: Any = connect(url).info("memory")
    name = memory.get("maxmemory_policy", "noeviction")
    if name != "noeviction":
        return f"The queue server may evict jobs (maxmemory-policy {name}): set it to noeviction."
    return None


def metrics() -> Response:
    """Prometheus text: inbox lag, work by state, dead letters, refused signatures and whatever else was counted."""
    token = runtime.current().settings.metrics_token
    given = request.headers.get("Authorization", "")
    if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return Response("A Bearer token is wanted (REGULARS_METRICS_TOKEN).\n", 401, mimetype="text/plain")
    return Response(generate_latest(_counted()) + generate_latest(_measured()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _counted() -> CollectorRegistry:
    """The counters of this process, or of all web processes of this host where they share a folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _measured() -> CollectorRegistry:
    """What the database says; when it does not answer, that it does not."""
    registry = CollectorRegistry()
    up = Gauge("regulars_database_up", "Whether the database answers", registry=registry)
    try:
        _measure(registry)
        up.set(1)
    except NO_DATABASE:
        up.set(0)
    return registry


def _measure(registry: CollectorRegistry) -> None:
    rows = Gauge("regulars_rows", "Rows by drain and state", ["drain", "state"], registry=registry)
    lag = Gauge("regulars_lag_seconds", "Age of the oldest row that is due", ["drain"], registry=registry)
    missed = Gauge(
        "regulars_doorbell_missed", "Doorbells that found no queue server, in this process", registry=registry
    )
    missed.set(runtime.current().doorbell.missed)
    now = clock.now()
    with all_shops("metrics"), reading() as session:
        for drain in runtime.current().drains:
            table: Any = drain.table
            counting = select(table.state, func.count()).group_by(table.state)
            counts = {row[0]: row[1] for row in session.execute(counting)}
            for state in _STATES:
                rows.labels(drain.name, state).set(counts.get(state, 0))
            waiting = select(func.min(table.run_at)).where(table.state.in_(("ready", "leased")), table.run_at <= now)
            oldest = session.scalar(waiting)
            lag.labels(drain.name).set((now - oldest).total_seconds() if oldest else 0)
