"""Is it alive, is it ready, and how is it: /healthz, /readyz, /metrics."""

import hmac
import os
from contextlib import suppress
from typing import Any

import redis
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import DBAPIError

from regulars import gauges, migrating, runtime, shops
from regulars.db import NO_DATABASE, reading
from regulars.errors import SettingsError
from regulars.metrics import REGISTRY
from regulars.settings import Settings
from regulars.work.doorbell import connect


def blueprint(settings: Settings) -> Blueprint:
    """The three addresses; they tell nothing about any shop or shopper."""
    pages = Blueprint("regulars_health", __name__, url_prefix=settings.health_prefix or None)
    pages.get("/healthz")(lambda: jsonify(status="alive"))
    pages.get("/readyz")(readyz)
    pages.get("/metrics")(metrics)
    return pages


def readyz() -> tuple[Response, int]:
    """200 when the database answers and the queue server, if it answers, does not evict; else 503 and the reasons.

    A queue server that is away is a warning only: webhooks are kept without it, and a host taken out for it would lose
    them. So is a schema that is newer than this code: during a release the old processes go on with it.
    """
    silent = queue_silence()
    database = database_trouble()
    reasons = [why for why in (database or key_trouble(), None if silent else queue_trouble()) if why]
    warnings = [why for why in (silent, None if database else schema_ahead()) if why]
    told = jsonify(status="not ready" if reasons else "ready", reasons=reasons, warnings=warnings)
    return told, 503 if reasons else 200


def database_trouble() -> str | None:
    """What is wrong with the database, in a sentence, or None."""
    try:
        with reading() as session:
            stands = migrating.revision(session)
    except NO_DATABASE as error:
        kind = type(error.orig if isinstance(error, DBAPIError) else error).__name__
        return f"The database does not answer as it should ({kind}): is it up, was `regulars db upgrade` run?"
    newest, *older = migrating.known_revisions()
    if stands is None or stands in older:
        return f"The database stands at revision {stands}, this code needs {newest}: run `regulars db upgrade`."
    return None


def schema_ahead() -> str | None:
    """A sentence when the database was upgraded by newer code than this, else None."""
    with reading() as session:
        stands = migrating.revision(session)
    if stands in migrating.known_revisions():
        return None
    return (
        f"The database stands at revision {stands}, which this code does not know: install the newer version here too."
    )


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
    """Prometheus text: what this process counted, and what the rows, the queue server and the disk say just now."""
    token = runtime.current().settings.metrics_token
    given = request.headers.get("Authorization", "")
    if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return Response("A Bearer token is wanted (REGULARS_METRICS_TOKEN).\n", 401, mimetype="text/plain")
    told = generate_latest(_counted()) + generate_latest(gauges.registry())
    return Response(told, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _counted() -> CollectorRegistry:
    """The counters of this process, or of all processes of this host that share a folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
