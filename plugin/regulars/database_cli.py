"""`regulars db …`, `regulars verify`, `regulars doctor`."""

from dataclasses import asdict
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from regulars import backing_up, clock, doctoring, health, migrating, vitals
from regulars.cli import json_option, say
from regulars.db import reading, unit_of_work
from regulars.verifying import verify as verify_all


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Bring our tables to the newest schema; the host's are left alone."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    migrating.upgrade(app)
    click.echo("The database is up to date.")


@db.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@with_appcontext
def backup(file: Path, as_json: bool) -> None:
    """Copy the SQLite database, as of one moment, into a new FILE while the shop goes on."""
    size = backing_up.backup(file.absolute())
    words = f"{file} holds everything ({size:,} bytes). It opens with the root key only: keep a copy of that elsewhere."
    say({"file": str(file), "bytes": size}, words, as_json)


@db.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@click.pass_context
@with_appcontext
def restore(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Put a backup in the place of the SQLite database, which is moved aside. Stop every process first."""
    old = backing_up.restore(file.absolute(), clock.now())
    trouble = health.database_trouble() or health.key_trouble()
    kept = f"; what was there lies in {old}" if old else ""
    then = trouble or "Start it again, then run `regulars verify` and `regulars doctor`."
    say({"restored": str(file), "before": old and str(old), "trouble": trouble}, f"Restored{kept}. {then}", as_json)
    ctx.exit(1 if trouble else 0)


@click.command()
@json_option
@click.pass_context
@with_appcontext
def verify(ctx: click.Context, as_json: bool) -> None:
    """Check every invariant of the ledger; name the first bad entry. Exit 1 when something is wrong."""
    with reading() as session:
        verdicts = verify_all(session)
    good = all(verdict.wrong is None for verdict in verdicts)
    remembered = _remember(good)
    words = "\n".join(
        f"{verdict.shop}: {verdict.wrong or 'clean'} ({verdict.entries} entries, {verdict.orders} orders read)"
        for verdict in verdicts
    )
    words = (words or "There is no shop yet.") + ("" if remembered else "\nThis could not be written down here.")
    found = {"clean": good, "remembered": remembered, "shops": [asdict(verdict) for verdict in verdicts]}
    say(found, words, as_json)
    ctx.exit(0 if good else 1)


def _remember(good: bool) -> bool:
    """Write the result down for /metrics; on a standby, or with a role that only reads, it is told and no more."""
    try:
        unit_of_work(lambda session: vitals.remember_verification(session, good, clock.now()))
    except DBAPIError:
        return False
    return True


@click.command()
@click.argument("key", required=False)
@json_option
@click.pass_context
@with_appcontext
def doctor(ctx: click.Context, key: str | None, as_json: bool) -> None:
    """Look at settings, database, queue, mail and clocks (and at shop KEY) and say what to do. Exit 1 for a problem."""
    findings = doctoring.examine(key)
    good = all(finding.good for finding in findings)
    words = "\n".join(map(_line, findings))
    say({"good": good, "findings": [asdict(finding) for finding in findings]}, words, as_json)
    ctx.exit(0 if good else 1)


def _line(finding: doctoring.Finding) -> str:
    mark = "tip" if finding.advice else ("ok " if finding.good else "BAD")
    return f"{mark}  {finding.what}: {finding.says}" + (f"; {finding.remedy}" if finding.remedy else "")
