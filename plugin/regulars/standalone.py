"""Regulars as an app of its own: all three packages on a Flask app made here, and the `regulars` command."""

import os
import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import ScriptInfo
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from regulars import Regulars, clock, logs, migrating, prepare_sqlite, shops
from regulars.cli import read_secret
from regulars.commands import cli
from regulars.db import unit_of_work
from regulars.demo.cli import demo
from regulars.embedded.cli import up, web
from regulars.embedded.folder import DataFolder
from regulars.errors import SettingsError
from regulars.shops.cli import address
from regulars.work.clockwork import start_sweeping
from regulars.work.entry import make_app
from regulars_admin import Admin, staff
from regulars_webhooks import Webhooks


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The standalone app. Settings come from `config`, then REGULARS_* variables, then the folder of `regulars init`.

    Raises SettingsError with a remedy when the database or the root key is missing.
    """
    app = Flask("regulars", static_folder=None)
    app.config.update(DataFolder.from_environment().settings() | _environment() | (config or {}))
    url = app.config.get("REGULARS_DATABASE_URL")
    if not url:
        raise SettingsError("REGULARS_DATABASE_URL is missing: run `regulars init`, or set it (docs/settings.md).")
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url(url)
    app.config.setdefault("SECRET_KEY", None)
    database = SQLAlchemy(app)
    with app.app_context():
        prepare_sqlite(database.engine)
    Regulars(app)
    hops = app.extensions["regulars"].settings.trusted_hops
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Webhooks(app)
    Admin(app)
    return app


def _environment() -> dict[str, str]:
    """Variables that are set win over the folder; secrets may also come as NAME_FILE."""
    given = {key: value for key, value in os.environ.items() if key.startswith("REGULARS_")}
    for key in [key for key in given if key.endswith("_FILE")]:
        given.setdefault(key.removesuffix("_FILE"), _read(key, Path(given[key])))
    return given


def _read(key: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{key}: {path} cannot be read ({error.strerror}).") from error


def database_url(text: str) -> str:
    """What people write for PostgreSQL, with the driver we ship: SQLAlchemy's own default differs between versions.

    Raises SettingsError for what is neither an address of PostgreSQL nor of SQLite; it does not repeat the text, which
    holds a password.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        url = URL.create("nothing")
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("postgresql", "sqlite"):
        raise SettingsError(
            "REGULARS_DATABASE_URL must be like postgresql://user:password@host/name or sqlite:////path/file.db."
        )
    return url.render_as_string(hide_password=False)


def wsgi() -> Flask:
    """What a web server runs: the app, with its sweep; without a queue server this process drains too."""
    app = make_app()
    logs.configure(app.extensions["regulars"].settings.mode)
    start_sweeping(app, drains_itself=not app.extensions["regulars"].settings.redis_url)
    return app


@click.command("init")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder.")
@click.option("--email", prompt="E-mail of the first owner")
@click.option("--shop", "key", prompt="Short name of the first shop, like kavarna")
@click.option("--platform", type=click.Choice(shops.PLATFORMS), prompt="Its platform", default="shopify")
@click.option("--domain", prompt="Its domain, like kavarna.myshopify.com")
@click.option("--currency", prompt="Its currency", default="EUR")
@click.option("--timezone", prompt="Its time zone", default="Europe/Prague")
@click.option("--webhook-secret-file", type=click.Path(exists=True, dir_okay=False), help="What signs its webhooks.")
@click.pass_obj
def init(info: ScriptInfo, /, data: Path | None, email: str, webhook_secret_file: str | None, **said: str) -> None:
    """Set up in the terminal: root key, database, first owner, first shop. What is there already stays."""
    folder = DataFolder(data.absolute()) if data else DataFolder.from_environment()
    folder.make()
    os.environ["REGULARS_DATA"] = str(folder.path)
    app = info.load_app()
    migrating.upgrade(app)
    now, given = clock.now(), read_secret(webhook_secret_file)

    def work(session: Session) -> tuple[str, str, str]:
        _, password = staff.add_staff(session, email, "owner", None, now)
        shop = shops.add_shop(session, shops.NewShop(**said), now)
        source, secret = shops.add_source(session, shop, shop.platform, given, now)
        return password, "(in your file)" if given else secret, address(source)

    with app.app_context():
        password, secret, where = unit_of_work(work)
    click.echo(
        f"""Done. Everything lies in {folder.path}; keep a copy of root.key apart from copies of the database.

  Sign in as  {email}  with the password  {password}  (shown once)
  Send the shop's webhooks to  {where}
  signed with the secret       {secret}

Next: `regulars program apply {said["key"]} program.toml`, then `regulars up`."""
    )


for _command in (demo, init, up, web):
    cli.add_command(_command)


def main() -> None:
    """The `regulars` command, on the app that REGULARS_APP names or on the standalone one."""
    os.environ.setdefault("TZ", "UTC")
    logs.configure(os.environ.get("REGULARS_MODE", ""))
    cli.main(args=sys.argv[1:], prog_name="regulars", obj=ScriptInfo(create_app=make_app))
