"""Keeps the leases of one drain alive while its batches last."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import Any

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from regulars import metrics, runtime
from regulars.db import unit_of_work
from regulars.work import service

log = structlog.get_logger("regulars.work")


class Heartbeat:
    """One thread for a whole drain: every few seconds it renews what is held at that moment."""

    def __init__(self) -> None:
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._held: tuple[Any, int, str] | None = None
        self._over = Event()
        self._thread = Thread(target=self._beat, daemon=True, name="regulars-heartbeat")

    @contextmanager
    def during(self, table: Any, shop_id: int, token: str) -> Iterator[None]:
        """Renew the leases of `token` while this goes on. A beat that comes too late finds nothing to renew."""
        if self._thread.ident is None:
            self._thread.start()
        self._held = (table, shop_id, token)
        try:
            yield
        finally:
            self._held = None

    def stop(self) -> None:
        """Nothing is held any more; comes back when no beat is under way."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _beat(self) -> None:
        with self._app.app_context():
            while not self._over.wait(runtime.current().settings.heartbeat_seconds):
                if (held := self._held) is None:
                    continue
                try:
                    unit_of_work(partial(_renew, held=held), tries=1)
                except (DBAPIError, NoConnection) as error:  # it costs at most the lease, and the fence holds then
                    metrics.faults.labels("heartbeat_missed").inc()
                    log.warning("heartbeat_missed", error=type(error).__name__)


def _renew(session: Session, held: tuple[Any, int, str]) -> None:
    service.renew(session, *held)
