"""`regulars staff add|list|password|disable`."""

import click
from flask.cli import with_appcontext

from regulars import clock, shops
from regulars.cli import json_option, read_secret, say
from regulars.db import reading, unit_of_work
from regulars_admin.access import ROLES
from regulars_admin.staff import service


@click.group("staff")
def staff() -> None:
    """Who may look at the admin, and in which role."""


@staff.command("add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(list(ROLES)), help="What they may do.")
@click.option("--name", default="", help="What they are called; customers see it under answers.")
@click.option("--shop", "shop_key", help="Only this shop; every shop when left out.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False), help="A file that holds the password.")
@json_option
@with_appcontext
def add(email: str, role: str, name: str, shop_key: str | None, password_file: str | None, as_json: bool) -> None:
    """Add a member; without --password-file a password is made and printed once."""
    now, given = clock.now(), read_secret(password_file)
    with reading() as session:
        shop_id = shops.find_shop(session, shop_key).id if shop_key else shops.INSTALLATION
    row, password = unit_of_work(
        lambda session: service.add_staff(session, email, role, given, now, name=name, shop_id=shop_id)
    )
    _say(row.email, row.role, None if given else password, as_json, f"Added {row.email} as {row.role}.")


@staff.command("list")
@json_option
@with_appcontext
def list_members(as_json: bool) -> None:
    """List the staff."""
    with reading() as session:
        rows = service.list_staff(session)
    found = [
        {
            "email": row.email,
            "name": row.name,
            "role": row.role,
            "shop_id": row.shop_id,
            "disabled": bool(row.disabled_at),
        }
        for row in rows
    ]
    lines = [f"{row.email}  {row.role}  {row.name}{'  (disabled)' if row.disabled_at else ''}" for row in rows]
    say(found, "\n".join(lines) or "Nobody yet; `regulars staff add` adds somebody.", as_json)


@staff.command("password")
@click.argument("email")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False), help="A file that holds the password.")
@json_option
@with_appcontext
def password(email: str, password_file: str | None, as_json: bool) -> None:
    """Give a member a new password; they are signed out everywhere."""
    now, given = clock.now(), read_secret(password_file)
    row, made = unit_of_work(lambda session: service.set_password(session, email, given, now))
    _say(row.email, row.role, None if given else made, as_json, f"{row.email} has a new password.")


@staff.command("disable")
@click.argument("email")
@json_option
@with_appcontext
def disable(email: str, as_json: bool) -> None:
    """Let a member in no longer; they are signed out everywhere."""
    now = clock.now()
    row = unit_of_work(lambda session: service.disable_staff(session, email, now))
    _say(row.email, row.role, None, as_json, f"{row.email} can sign in no longer.")


def _say(email: str, role: str, password: str | None, as_json: bool, words: str) -> None:
    once = f"\nThe password, shown only this once: {password}" if password else ""
    result = {"email": email, "role": role} | ({"password": password} if password else {})
    say(result, words + once, as_json)
