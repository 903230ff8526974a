"""`regulars import KEY FILE --kind orders|customers|products|reviews`: check everything, then apply in pieces."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import Progress

from regulars import clock, runtime, shops
from regulars.cli import json_option, say
from regulars.db import reading, unit_of_work
from regulars_webhooks.imports import service
from regulars_webhooks.imports.applying import apply_all, can_split
from regulars_webhooks.imports.checking import Checked, Job, check
from regulars_webhooks.imports.gateway import check_header, file_hash, form_of
from regulars_webhooks.imports.service import Place

_KINDS = {"orders": "order", "customers": "customer", "products": "product", "reviews": "review"}
_MOST_JOBS = 4
_WORTH_SPLITTING = 5_000  # records; below, a second process costs more than it saves


@dataclass(slots=True)
class Summary:
    """What happened: `records` were read, `errors` of them bad, `applied` are in the database, `resumed_at` of them before.

    `ended_early` processes were stopped before they were through; the same command goes on where they were.
    """

    records: int = 0
    errors: int = 0
    applied: int = 0
    resumed_at: int = 0
    ended_early: int = 0
    dry_run: bool = False
    errors_file: str | None = None


@click.command("import")
@click.argument("key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", "plural", type=click.Choice(list(_KINDS)), required=True, help="What the file holds.")
@click.option("--dry-run", is_flag=True, help="Only check the file; apply nothing.")
@click.option("--skip-bad", is_flag=True, help="Leave bad records out instead of applying nothing.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Processes that check and, on PostgreSQL, apply side by side; the machine's cores, at most 4, when left out.",
)
@json_option
@with_appcontext
def import_file(
    key: str, file: Path, plural: str, dry_run: bool, skip_bad: bool, jobs: int | None, as_json: bool
) -> None:
    """Import a shop's history from a file of standard JSON (one document a line) or CSV, plain, .gz or .zst.

    First everything is checked and FILE.errors says what is wrong, line by line; any error applies nothing, unless
    --skip-bad. Then the file is applied in pieces; stopped half-way, the same command goes on where it was.
    """
    with reading() as session:
        shop = shops.find_shop(session, key)
    runtime.settle_in()
    job = Job(shop.id, shop.currency, file, _KINDS[plural], form_of(file))
    try:
        summary = _run(job, dry_run=dry_run, skip_bad=skip_bad, jobs=jobs)
    except OSError as error:
        raise click.ClickException(f"{error.filename or file}: {error.strerror or error}.") from error
    say(asdict(summary), _words(summary), as_json)
    if summary.ended_early or (summary.errors and (dry_run or not skip_bad)):
        raise SystemExit(1)


def _run(job: Job, *, dry_run: bool, skip_bad: bool, jobs: int | None) -> Summary:
    check_header(job.path, job.form, job.kind)
    with ExitStack() as stack:
        with _progress("Checking", job.path.stat().st_size) as show:
            checked = check(job, stack, jobs, keep=not dry_run, show=show)
        summary = Summary(checked.records, checked.errors, dry_run=dry_run, errors_file=checked.errors_file)
        if not dry_run and (skip_bad or not summary.errors):
            _apply(job, checked, summary, _jobs(jobs, checked.records))
    return summary


def _jobs(asked: int | None, records_read: int) -> int:
    """How many processes: as asked, or as many as the machine has cores; one where more would not help."""
    if not can_split():
        return 1
    return asked or (min(_MOST_JOBS, os.cpu_count() or 1) if records_read >= _WORTH_SPLITTING else 1)


def _apply(job: Job, checked: Checked, summary: Summary, jobs: int) -> None:
    """Phase two: the good records in pieces, each with the progress in its own transaction."""
    place = Place(job.shop_id, file_hash(job.path), job.kind)
    begin = partial(service.begin, place=place, parts=jobs, now=clock.now())
    so_far, finished = unit_of_work(begin)
    summary.resumed_at = summary.applied = sum(so_far)
    if finished:
        return
    with _progress("Applying", summary.records - summary.errors) as show:
        summary.ended_early = len(apply_all(job, place, checked, so_far, jobs, show))
    with reading() as session:
        summary.applied = service.applied_so_far(session, place)
    if not summary.ended_early:
        unit_of_work(partial(service.finish, place=place, now=clock.now()))


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
    if summary.ended_early:
        lines.append("It is not through: a process was stopped. Run the same command again, it goes on where it was.")
    return "\n".join(lines)
