"""`regulars deadletters list|replay|discard`."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import clock, shops
from regulars.cli import json_option, say
from regulars.db import all_shops, reading, unit_of_work
from regulars.errors import RegularsError
from regulars.shops import Shop
from regulars_webhooks.deadletters import service
from regulars_webhooks.deadletters.service import Letter

_ACTOR = "operator"

Change = Callable[[Session, int, str, str, str, datetime], None]


@click.group("deadletters")
def deadletters() -> None:
    """Messages and work that could not be done, with the reason."""


@deadletters.command("list")
@click.argument("key", required=False)
@click.option("--ignored", is_flag=True, help="Also what was ignored or discarded.")
@json_option
@with_appcontext
def list_letters(key: str | None, ignored: bool, as_json: bool) -> None:
    """List the dead letters of one shop, or of all."""
    states = ("dead", "ignored", "discarded") if ignored else ("dead",)
    with reading() as session:
        found = list(_letters(session, key, states))
    rows = [
        f"{letter.id}  {shop}  {letter.drain}  {letter.what}  {letter.state}: {letter.reason}" for shop, letter in found
    ]
    letters = [{"shop": shop, **asdict(letter)} for shop, letter in found]
    say(letters, "\n".join(rows) or "No dead letters.", as_json)


@deadletters.command("replay")
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All dead letters (of --shop, or of all shops).")
@click.option("--shop", "key", help="Only this shop's.")
@json_option
@with_appcontext
def replay_letters(ids: tuple[str, ...], everything: bool, key: str | None, as_json: bool) -> None:
    """Do dead letters again, by their ids or all of them."""
    _change(ids, everything, key, as_json, service.replay, "replayed")


@deadletters.command("discard")
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All dead letters (of --shop, or of all shops).")
@click.option("--shop", "key", help="Only this shop's.")
@json_option
@with_appcontext
def discard_letters(ids: tuple[str, ...], everything: bool, key: str | None, as_json: bool) -> None:
    """Put dead letters aside for good, by their ids or all of them."""
    _change(ids, everything, key, as_json, service.discard, "discarded")


def _letters(session: Session, key: str | None, states: tuple[str, ...]) -> Iterator[tuple[str, Letter]]:
    for shop in _shops(session, key):
        for letter in service.find(session, shop.id, states=states):
            yield shop.key, letter


def _shops(session: Session, key: str | None) -> list[Shop]:
    if key is not None:
        return [shops.find_shop(session, key)]
    with all_shops("find the shop"):
        return list(session.scalars(select(Shop).order_by(Shop.key)))


def _change(ids: tuple[str, ...], everything: bool, key: str | None, as_json: bool, change: Change, done: str) -> None:
    """Change each letter in a transaction of its own; exit 1 when one of them could not be changed."""
    if bool(ids) == everything:
        raise click.UsageError("Give the ids of dead letters, or --all.")
    now = clock.now()
    results = [_change_one(place, change, now, done) for place in _places(ids, key)]
    say(results, "\n".join("{id}  {result}".format_map(one) for one in results) or "No dead letters.", as_json)
    if any(result["result"] != done for result in results):
        raise SystemExit(1)


def _places(ids: tuple[str, ...], key: str | None) -> list[tuple[int | None, str, str]]:
    """Shop, drain and row id of each letter; of ids that nobody knows, the id alone."""
    with reading() as session:
        among = _shops(session, key)
        if not ids:
            return [(shop.id, one.drain, one.id) for shop in among for one in service.find(session, shop.id)]
        return [service.locate(session, [shop.id for shop in among], row_id) for row_id in ids]


def _change_one(place: tuple[int | None, str, str], change: Change, now: datetime, done: str) -> dict[str, Any]:
    shop_id, drain, row_id = place
    if shop_id is None:
        return {"id": row_id, "result": "there is no such row"}
    try:
        unit_of_work(lambda session: change(session, shop_id, drain, row_id, _ACTOR, now))
    except RegularsError as error:
        unit_of_work(lambda session: service.note_refusal(session, shop_id, drain, row_id, _ACTOR, now, done))
        return {"id": row_id, "result": error.detail}
    return {"id": row_id, "result": done}
