"""`regulars import KEY FILE --kind orders|customers|products|reviews`: check everything, then apply in pieces."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import Progress

from regulars import clock, shops
from regulars.cli import json_option, say
from regulars.db import reading, unit_of_work
from regulars.errors import Unusable
from regulars.facts import Fact
from regulars_webhooks.imports import service
from regulars_webhooks.imports.gateway import check_header, file_hash, form_of, opened, records
from regulars_webhooks.imports.records import fact_of

_KINDS = {"orders": "order", "customers": "customer", "products": "product", "reviews": "review"}
_CHUNK = 500
_PAUSE_SECONDS = 0.01  # after each piece, so that live traffic gets SQLite's lock first


@dataclass(frozen=True, slots=True)
class Job:
    """One file, how to read it, and whose it is."""

    shop_id: int
    currency: str
    path: Path
    kind: str
    form: str


@dataclass(slots=True)
class Summary:
    """What happened: `records` were read, `errors` of them bad, `applied` are in the database, `resumed_at` of them before."""

    records: int = 0
    errors: int = 0
    applied: int = 0
    resumed_at: int = 0
    dry_run: bool = False
    errors_file: str | None = None


@click.command("import")
@click.argument("key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", "plural", type=click.Choice(list(_KINDS)), required=True, help="What the file holds.")
@click.option("--dry-run", is_flag=True, help="Only check the file; apply nothing.")
@click.option("--skip-bad", is_flag=True, help="Leave bad records out instead of applying nothing.")
@json_option
@with_appcontext
def import_file(key: str, file: Path, plural: str, dry_run: bool, skip_bad: bool, as_json: bool) -> None:
    """Import a shop's history from a file of standard JSON (one document a line) or CSV, plain, .gz or .zst.

    First everything is checked and FILE.errors says what is wrong, line by line; any error applies nothing, unless
    --skip-bad. Then the file is applied in pieces; stopped half-way, the same command goes on where it was.
    """
    with reading() as session:
        shop = shops.find_shop(session, key)
    job = Job(shop.id, shop.currency, file, _KINDS[plural], form_of(file))
    try:
        summary = _run(job, dry_run=dry_run, skip_bad=skip_bad)
    except OSError as error:
        raise click.ClickException(f"{error.filename or file}: {error.strerror or error}.") from error
    say(asdict(summary), _words(summary), as_json)
    if summary.errors and (dry_run or not skip_bad):
        raise SystemExit(1)


def _run(job: Job, *, dry_run: bool, skip_bad: bool) -> Summary:
    check_header(job.path, job.form, job.kind)
    summary = _check(job)
    summary.dry_run = dry_run
    if not dry_run and (skip_bad or not summary.errors):
        _apply(job, summary)
    return summary


def _check(job: Job) -> Summary:
    """Phase one: read everything, write FILE.errors (the number of the line, a tab, the reason)."""
    summary = Summary()
    errors_path = job.path.with_name(job.path.name + ".errors")
    size = job.path.stat().st_size
    with (
        errors_path.open("w", encoding="utf-8") as errors,
        opened(job.path) as file,
        _progress("Checking", size) as show,
    ):
        for record in records(file, job.form, job.kind):
            summary.records += 1
            try:
                fact_of(record, job.kind, job.currency)
            except Unusable as error:
                summary.errors += 1
                errors.write(f"{record.line}\t{error.detail}\n")
            show(file.raw.tell())
    if summary.errors:
        summary.errors_file = str(errors_path)
    else:
        errors_path.unlink()
    return summary


def _apply(job: Job, summary: Summary) -> None:
    """Phase two: the good records in pieces, each with the progress in its own transaction."""
    digest = file_hash(job.path)
    now = clock.now()
    done, finished = unit_of_work(lambda session: service.begin(session, job.shop_id, digest, job.kind, now))
    summary.resumed_at = summary.applied = done
    if finished:
        return
    with _progress("Applying", summary.records - summary.errors) as show:
        for chunk in _chunks(job, done):
            place = (digest, job.kind)
            step = partial(service.advance, shop_id=job.shop_id, place=place, facts=chunk, applied=summary.applied)
            unit_of_work(partial(step, now=clock.now()))
            summary.applied += len(chunk)
            show(summary.applied)
            time.sleep(_PAUSE_SECONDS)
    now = clock.now()
    unit_of_work(lambda session: service.finish(session, job.shop_id, digest, job.kind, now))


def _chunks(job: Job, done: int) -> Iterator[list[Fact]]:
    """The facts after the first `done` good records, in pieces."""
    chunk: list[Fact] = []
    position = 0
    with opened(job.path) as file:
        for record in records(file, job.form, job.kind):
            try:
                fact = fact_of(record, job.kind, job.currency)
            except Unusable:
                continue  # phase one has written it to FILE.errors, and --skip-bad allowed it
            position += 1
            if position <= done:
                continue
            chunk.append(fact)
            if len(chunk) == _CHUNK:
                yield chunk
                chunk = []
    if chunk:
        yield chunk


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; elsewhere nothing."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda completed: bar.update(task, completed=completed)


def _words(summary: Summary) -> str:
    lines = [f"{summary.records} records read, {summary.errors} bad."]
    if summary.errors_file:
        lines.append(f"What is wrong stands in {summary.errors_file}.")
    if summary.dry_run:
        lines.append("Nothing was applied: this was a dry run.")
    elif summary.errors and not summary.applied:
        lines.append("Nothing was applied: mend the file, or use --skip-bad.")
    else:
        before = f" ({summary.resumed_at} of them by an earlier run)" if summary.resumed_at else ""
        lines.append(f"{summary.applied} records applied{before}.")
    return "\n".join(lines)
