"""Phase two of an import: the good records in pieces, in one process or in several, each with its own customers."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from regulars import clock
from regulars.db import reading, unit_of_work
from regulars.facts import Fact
from regulars_webhooks.imports import service
from regulars_webhooks.imports.checking import Checked, Job
from regulars_webhooks.imports.pacing import Pace, is_milestone
from regulars_webhooks.imports.parallel import can_fork, shared, side_by_side
from regulars_webhooks.imports.records import unpacked
from regulars_webhooks.imports.service import Place
from regulars_webhooks.imports.spool import together

Show = Callable[[int], None]


def can_split() -> bool:
    """Whether several processes help here: not where SQLite lets one writer in, nor where a process cannot be forked."""
    with reading() as session:
        return not service.is_sqlite(session) and can_fork()


def apply_all(job: Job, place: Place, checked: Checked, so_far: Sequence[int], jobs: int, show: Show) -> list[int]:
    """Apply every part, `jobs` of them at a time; the parts whose process ended early. `show` hears how many are done."""
    told = shared(len(so_far))
    told[:] = list(so_far)
    tasks = [partial(_apply_part, job, place, checked, so_far, part, told) for part in range(len(so_far))]
    if jobs > 1 and len(tasks) > 1:
        parent = os.getpid()
        return side_by_side([partial(task, parent=parent) for task in tasks], jobs, lambda: show(sum(told)))
    for task in tasks:
        task(show=lambda: show(sum(told)))
    return []


def _apply_part(
    job: Job, place: Place, checked: Checked, so_far: Sequence[int], part: int, told: Any, *,
    parent: int | None = None, show: Callable[[], None] | None = None,
) -> None:  # fmt: skip
    """The records of one part from where it stands, piece by piece."""
    with reading() as session:
        pace = Pace(shared_lock=service.is_sqlite(session))
    passed, version = so_far[part], -1
    rested_at = time.monotonic()
    for after, facts in _pieces(job.kind, checked, part, len(so_far), passed, pace):
        if parent not in (None, os.getppid()):
            sys.exit("The import ended; this part of it ends too.")
        time.sleep(max(0.0, pace.pause_seconds - (time.monotonic() - rested_at)))
        began = time.monotonic()
        step = partial(service.advance, place=place, part=part, before=passed, after=after, facts=facts)
        seen = unit_of_work(partial(step, now=clock.now()))
        rested_at = time.monotonic()
        pace.took(len(facts), rested_at - began, others=version not in (-1, seen))
        if part == 0 and is_milestone(passed, after):
            unit_of_work(service.refresh_statistics)
        version, passed, told[part] = seen, after, after
        if show:
            show()


def _pieces(
    kind: str, checked: Checked, part: int, parts: int, passed: int, pace: Pace
) -> Iterator[tuple[int, list[Fact]]]:
    """What comes after `passed` in this part, as large as the pace is then, with how many of the part are applied after it."""
    position, facts = 0, list[Fact]()
    for bucket in range(part, checked.buckets, parts):
        for fact in together(checked.spools, bucket):
            position += 1
            if position <= passed:
                continue
            facts.append(unpacked(fact, kind))
            if len(facts) >= pace.size:
                yield position, facts
                facts = []
    if facts:
        yield position, facts
