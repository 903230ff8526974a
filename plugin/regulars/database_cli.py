"""`regulars db upgrade`, `regulars verify`, `regulars doctor`."""

from dataclasses import asdict

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from regulars import doctoring, migrating
from regulars.cli import json_option, say
from regulars.db import reading
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


@click.command()
@json_option
@click.pass_context
@with_appcontext
def verify(ctx: click.Context, as_json: bool) -> None:
    """Check every invariant of the ledger; name the first bad entry. Exit 1 when something is wrong."""
    with reading() as session:
        verdicts = verify_all(session)
    good = all(verdict.wrong is None for verdict in verdicts)
    words = "\n".join(
        f"{verdict.shop}: {verdict.wrong or 'clean'} ({verdict.entries} entries, {verdict.orders} orders read)"
        for verdict in verdicts
    )
    say({"clean": good, "shops": [asdict(verdict) for verdict in verdicts]}, words or "There is no shop yet.", as_json)
    ctx.exit(0 if good else 1)


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
