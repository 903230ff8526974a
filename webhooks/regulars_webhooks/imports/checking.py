"""Phase one of an import: every record is read, what is wrong is written down, what is right waits on disk for phase two."""

import io
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from heapq import merge
from pathlib import Path
from typing import IO, Any, BinaryIO

from regulars.errors import InvalidInput, Unusable
from regulars_webhooks.imports.gateway import opened, records
from regulars_webhooks.imports.parallel import can_fork, shared, side_by_side
from regulars_webhooks.imports.records import fact_of, packed
from regulars_webhooks.imports.splitting import bucket_of, buckets_for
from regulars_webhooks.imports.spool import Spool

_TURN = 500  # records that one process checks before the next one's turn
_WORTH_SPLITTING_BYTES = 2 * 1024 * 1024
_MOST_AT_ONCE = 4
_SHOWN_EVERY = 1_000  # records
_RECORDS, _ERRORS, _BYTES = range(3)  # what each process counts


@dataclass(frozen=True, slots=True)
class Job:
    """One file, how to read it, and whose it is."""

    shop_id: int
    currency: str
    path: Path
    kind: str
    form: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How many records there are, how many of them are bad, where that is written, and the good ones by bucket."""

    records: int
    errors: int
    errors_file: str | None
    spools: tuple[Spool, ...]
    buckets: int


def check(job: Job, stack: ExitStack, jobs: int | None, *, keep: bool, show: Callable[[int], None]) -> Checked:
    """Read everything and write FILE.errors (the number of the line, a tab, the reason); `keep` what is right.

    `show` hears how far into the file we are, in bytes. What is kept goes when the stack is closed.
    """
    size = job.path.stat().st_size
    buckets = buckets_for(size, packed=job.path.suffix in (".gz", ".zst"))
    shares = (jobs or min(_MOST_AT_ONCE, os.cpu_count() or 1)) if size >= _WORTH_SPLITTING_BYTES and can_fork() else 1
    spools = tuple(Spool(_nameless(job.path, stack), shared(buckets)) for _ in range(shares if keep else 0))
    errors = [io.TextIOWrapper(_nameless(job.path, stack), "utf-8") for _ in range(shares)]
    counts = [shared(3) for _ in range(shares)]
    tasks = [
        partial(_check_share, job, share, counts, spools[share] if keep else None, buckets, errors[share])
        for share in range(shares)
    ]
    if shares == 1:
        tasks[0](show)
    elif side_by_side(
        [partial(task, lambda _: None) for task in tasks], shares, lambda: show(max(one[_BYTES] for one in counts))
    ):
        raise InvalidInput("The file was not checked to its end; nothing was applied.")
    read, bad = (sum(one[what] for one in counts) for what in (_RECORDS, _ERRORS))
    return Checked(read, bad, _write_down(job.path, errors, bad), spools, buckets)


def _nameless(beside: Path, stack: ExitStack) -> BinaryIO:
    """A file on the disk of the one that is imported; nothing is left of it, however we end."""
    return stack.enter_context(tempfile.TemporaryFile(buffering=0, dir=beside.parent))


def _check_share(
    job: Job, share: int, counts: list[Any], spool: Spool | None, buckets: int, errors: io.TextIOWrapper,
    show: Callable[[int], None],
) -> None:  # fmt: skip
    """Check the records whose turn is ours."""
    own = counts[share]
    with opened(job.path) as file:
        for number, record in enumerate(records(file, job.form, job.kind)):
            if number // _TURN % len(counts) != share:
                continue
            own[_RECORDS] += 1
            try:
                fact = fact_of(record, job.kind, job.currency)
            except Unusable as error:
                own[_ERRORS] += 1
                errors.write(f"{record.line}\t{' '.join(error.detail.split())}\n")
                continue
            if spool:
                spool.add(bucket_of(fact, buckets), record.line, packed(fact))
            if number % _SHOWN_EVERY == 0:
                own[_BYTES] = file.raw.tell()
                show(own[_BYTES])
    errors.flush()
    if spool:
        spool.finish()


def _write_down(path: Path, errors: Sequence[IO[str]], bad: int) -> str | None:
    """What all processes found, line by line, in FILE.errors; its name, or None when nothing is wrong."""
    target = path.with_name(path.name + ".errors")
    if not bad:
        target.unlink(missing_ok=True)
        return None
    for one in errors:
        one.seek(0)
    with target.open("w", encoding="utf-8") as file:
        file.writelines(merge(*errors, key=lambda line: int(line.partition("\t")[0])))
    return str(target)
