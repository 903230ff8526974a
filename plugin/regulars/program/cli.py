"""`regulars program apply|show`."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import clock, shops
from regulars.cli import json_option, read_text, say
from regulars.db import reading, unit_of_work
from regulars.errors import InvalidInput, NotFound
from regulars.program.models import ProgramVersion
from regulars.program.schemas import parse_toml
from regulars.program.service import publish
from regulars.values import iso, parse_time


@click.group()
def program() -> None:
    """The loyalty program of a shop."""


def _moment(_ctx: click.Context, _param: click.Parameter, text: str | None) -> datetime | None:
    try:
        return parse_time(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@program.command("apply")
@click.argument("key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "effective_from", callback=_moment, help="From when it holds; the first one: since ever.")
@json_option
@with_appcontext
def apply_program(key: str, file: Path, effective_from: datetime | None, as_json: bool) -> None:
    """Publish FILE (TOML, or JSON by its ending) as the shop's next program version."""
    now = clock.now()
    document = read_document(file)

    def work(session: Session) -> int:
        shop = shops.find_shop(session, key)
        made = publish(session, shop.id, document, now, actor="operator", effective_from=effective_from)
        return made.version

    version = unit_of_work(work)
    say({"shop": key, "version": version}, f"{key} now has program version {version}.", as_json)


def read_document(file: Path) -> dict[str, Any]:
    """A program file as a document. Raises InvalidInput naming line and remedy."""
    text = read_text(file)
    if file.suffix != ".json":
        return parse_toml(text)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{file} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInput(f"{file} must hold one JSON object.")
    return document


@program.command("show")
@click.argument("key")
@click.option("--version", type=int, help="One version; the newest when left out.")
@json_option
@with_appcontext
def show_program(key: str, version: int | None, as_json: bool) -> None:
    """Show a program version as it was published."""
    with reading() as session:
        shop = shops.find_shop(session, key)
        question = (
            select(ProgramVersion).where(ProgramVersion.shop_id == shop.id).order_by(ProgramVersion.version.desc())
        )
        if version is not None:
            question = question.where(ProgramVersion.version == version)
        row = session.scalars(question.limit(1)).one_or_none()
    if row is None:
        raise NotFound(
            f"{key} has no program{f' version {version}' if version else ''}; `regulars program apply` publishes one."
        )
    result = {"version": row.version, "effective_from": iso(row.effective_from), "document": row.document}
    words = f"Version {row.version}, in force from {iso(row.effective_from)}\n{json.dumps(row.document, indent=2, ensure_ascii=False)}"
    say(result, words, as_json)
