"""`regulars endpoint add|list`."""

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from regulars import clock, shops
from regulars.cli import json_option, say
from regulars.db import reading, unit_of_work
from regulars.outbound.service import add_endpoint, endpoints
from regulars.outbound.tables import EVENTS
from regulars.values import iso


@click.group()
def endpoint() -> None:
    """Who hears of a shop's events, by signed webhooks."""


@endpoint.command("add")
@click.argument("key")
@click.option("--url", required=True, help="Where to send them; https, port 443.")
@click.option(
    "--event", "events", multiple=True, required=True, type=click.Choice(list(EVENTS)), help="May be repeated."
)
@json_option
@with_appcontext
def add(key: str, url: str, events: tuple[str, ...], as_json: bool) -> None:
    """Let an address hear of the events of shop KEY; prints the secret of the signatures, once."""
    now = clock.now()

    def work(session: Session) -> tuple[str, str]:
        made, secret = add_endpoint(session, shops.find_shop(session, key), url, events, now)
        return made.id, secret

    id_, secret = unit_of_work(work)
    words = f"{url} now hears of {', '.join(events)}. Its secret, shown only now: {secret}"
    say({"shop": key, "id": id_, "url": url, "events": list(events), "secret": secret}, words, as_json)


@endpoint.command("list")
@click.argument("key")
@json_option
@with_appcontext
def show(key: str, as_json: bool) -> None:
    """The endpoints of shop KEY and what they hear of."""
    with reading() as session:
        found = endpoints(session, shops.find_shop(session, key).id)
    rows = [
        {
            "id": one.id, "url": one.url, "events": one.events, "created_at": iso(one.created_at),
            "disabled_at": iso(one.disabled_at) if one.disabled_at else None, "disabled_why": one.disabled_why,
        }
        for one in found
    ]  # fmt: skip
    lines = [
        f"{one.url}  {', '.join(one.events)}{f'  (disabled: {one.disabled_why})' if one.disabled_at else ''}"
        for one in found
    ]
    say(rows, "\n".join(lines) or f"{key} has no endpoints; `regulars endpoint add` makes one.", as_json)
