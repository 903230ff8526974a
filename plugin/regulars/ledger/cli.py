"""`regulars balance`, `regulars ledger export`."""

import csv
import json
import sys
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import with_appcontext

from regulars import clock, customers, program, shops
from regulars.cli import json_option, say
from regulars.db import reading
from regulars.ledger.queries import Balance, balance, export, present
from regulars.values import parse_time

_LAST_VERSION = 2**31 - 1  # what the column holds


def _moment_or_version(_ctx: click.Context, _param: click.Parameter, text: str | None) -> datetime | int | None:
    if text is None:
        return None
    if text.isdecimal():
        if len(text) > len(str(_LAST_VERSION)) or int(text) > _LAST_VERSION:
            raise click.BadParameter(f"no entry has so high a number as {text[:20]}; or give a time")
        return int(text)
    try:
        return parse_time(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}; or give an entry's number") from error


@click.command("balance")
@click.argument("key")
@click.argument("customer")
@click.option("--at", callback=_moment_or_version, help="A time (as posted by then), or an entry's number.")
@json_option
@with_appcontext
def show_balance(key: str, customer: str, at: datetime | int | None, as_json: bool) -> None:
    """A customer's points: available, pending, reserved, debt. CUSTOMER is the shop's id, ours, or an e-mail."""
    with reading() as session:
        shop = shops.find_shop(session, key)
        unit = program.programs(session, shop.id).unit
        customer_id = customers.find(session, shop.id, customer).id
        if at is None:
            book = present(session, shop.id, customer_id, unit, clock.now())
            found = Balance(book.available, book.pending, book.reserved, book.debt, book.version)
        elif isinstance(at, int):
            found = balance(session, shop.id, customer_id, unit, version=at)
        else:
            found = balance(session, shop.id, customer_id, unit, at=at)
    words = (
        f"{found.available} {unit} available, {found.pending} pending, {found.reserved} reserved, {found.debt} owed."
    )
    say(asdict(found), words, as_json)


@click.group()
def ledger() -> None:
    """The ledger of a shop."""


@ledger.command("export")
@click.argument("key")
@click.option("--format", "form", type=click.Choice(["ndjson", "csv"]), default="ndjson")
@with_appcontext
def export_ledger(key: str, form: str) -> None:
    """Every entry to standard output, ordered by customer, unit and version."""
    with reading() as session:
        rows = export(session, shops.find_shop(session, key).id)
        if form == "ndjson":
            for row in rows:
                click.echo(json.dumps(row, ensure_ascii=False))
            return
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            row["explanation"] = json.dumps(row["explanation"], ensure_ascii=False)
            if writer is None:
                writer = csv.DictWriter(sys.stdout, list(row))
                writer.writeheader()
            writer.writerow(row)
