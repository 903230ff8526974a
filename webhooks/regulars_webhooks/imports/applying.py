"""Phase two of an import: the good records in pieces, in one process or in several, each with its own customers."""

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from flask import current_app

from regulars import clock
from regulars.db import reading, unit_of_work
from regulars.errors import RegularsError, Unusable
from regulars.facts import Fact
from regulars_webhooks.imports import service
from regulars_webhooks.imports.gateway import opened, records
from regulars_webhooks.imports.pacing import Pace, is_milestone
from regulars_webhooks.imports.records import fact_of
from regulars_webhooks.imports.service import Passed, Place
from regulars_webhooks.imports.splitting import part_of

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Job:
    """One file, how to read it, and whose it is."""

    shop_id: int
    currency: str
    path: Path
    kind: str
    form: str


Show = Callable[[int], None]


def can_split() -> bool:
    """Whether several processes help here: not where SQLite lets one writer in, nor where a process cannot be forked."""
    with reading() as session:
        return not service.is_sqlite(session) and "fork" in multiprocessing.get_all_start_methods()


def apply_all(job: Job, place: Place, so_far: Sequence[Passed], jobs: int, show: Show) -> list[int]:
    """Apply every part, `jobs` of them at a time; the parts whose process ended early. `show` hears how many are done."""
    if jobs > 1 and len(so_far) > 1:
        return _side_by_side(job, place, so_far, jobs, show)
    done = [passed.applied for passed in so_far]
    for part, passed in enumerate(so_far):

        def tell(applied: int, part: int = part) -> None:
            done[part] = applied
            show(sum(done))

        _apply_part(job, place, part, len(so_far), passed, tell)
    return []


def _side_by_side(job: Job, place: Place, so_far: Sequence[Passed], jobs: int, show: Show) -> list[int]:
    for engine in current_app.extensions["sqlalchemy"].engines.values():
        engine.dispose()  # a connection must not be shared with a child
    context = multiprocessing.get_context("fork")
    told = context.Array("q", [passed.applied for passed in so_far])
    waiting = [
        context.Process(target=_child, args=(job, place, part, len(so_far), passed, told), daemon=True)
        for part, passed in enumerate(so_far)
    ]
    running: list[BaseProcess] = []
    everybody: tuple[BaseProcess, ...] = tuple(waiting)
    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(waiting.pop(0))
            running[-1].start()
        running[0].join(_LOOK_SECONDS)
        running = [one for one in running if one.is_alive()]
        show(sum(told[:]))
    return [part for part, process in enumerate(everybody) if process.exitcode != 0]


def _child(job: Job, place: Place, part: int, parts: int, passed: Passed, told: Any) -> None:
    """One part in a process of its own: what stops it is said in a sentence, and the other parts go on."""

    def tell(applied: int) -> None:
        told[part] = applied

    try:
        _apply_part(job, place, part, parts, passed, tell, parent=os.getppid())
    except (RegularsError, KeyboardInterrupt) as error:
        sys.exit(str(error) or "Stopped.")


def _apply_part(
    job: Job, place: Place, part: int, parts: int, passed: Passed, show: Show, parent: int | None = None
) -> None:
    """The records of one part from where it stands, piece by piece."""
    with reading() as session:
        pace = Pace(shared_lock=service.is_sqlite(session))
    version = -1
    rested_at = time.monotonic()
    for after, facts in _pieces(job, part, parts, passed, pace):
        if parent not in (None, os.getppid()):
            sys.exit("The import ended; this part of it ends too.")
        time.sleep(max(0.0, pace.pause_seconds - (time.monotonic() - rested_at)))
        began = time.monotonic()
        step = partial(service.advance, place=place, part=part, before=passed, after=after, facts=facts)
        seen = unit_of_work(partial(step, now=clock.now()))
        rested_at = time.monotonic()
        pace.took(len(facts), rested_at - began, others=version not in (-1, seen))
        if part == 0 and is_milestone(passed.applied, after.applied):
            unit_of_work(service.refresh_statistics)
        version, passed = seen, after
        show(passed.applied)


def _pieces(job: Job, part: int, parts: int, passed: Passed, pace: Pace) -> Iterator[tuple[Passed, list[Fact]]]:
    """What comes after `passed` in this part, as large as the pace is then, with how far the part is after it."""
    position, facts, counted = 0, list[Fact](), passed.records
    applied = passed.applied
    with opened(job.path) as file:
        for record in records(file, job.form, job.kind):
            if part_of(record, parts) != part:
                continue
            position += 1
            if position <= passed.records:
                continue
            try:
                facts.append(fact_of(record, job.kind, job.currency))
            except Unusable:
                continue  # phase one has written it to FILE.errors, and --skip-bad allowed it
            if len(facts) >= pace.size:
                counted, applied = position, applied + len(facts)
                yield Passed(counted, applied), facts
                facts = []
    if position > counted:
        yield Passed(position, applied + len(facts)), facts
