"""Regulars as an app of its own: all three packages on a Flask app made here, and the `regulars` command."""

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from textwrap import indent
from typing import Any

import click
from flask import Flask
from flask.cli import ScriptInfo
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from regulars import Regulars, clock, logs, migrating, prepare_sqlite, runtime, shops
from regulars.cli import read_secret
from regulars.commands import cli
from regulars.db import reading, unit_of_work
from regulars.demo.cli import demo
from regulars.door import Door
from regulars.embedded.cli import keep_up, web
from regulars.embedded.folder import DataFolder
from regulars.errors import Conflict, InvalidInput, NotFound, SettingsError
from regulars.shops.cli import address, hint
from regulars.work.clockwork import start_sweeping
from regulars.work.entry import make_app
from regulars_admin import Admin, staff
from regulars_webhooks import Webhooks

#: What libpq and the server are told: who hears nothing from the other side for half a minute is gone, and a transaction
#: in which nothing happens ends after a minute. Without it a host that loses its network keeps its locks for two hours.
POSTGRES_CONNECTION = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
    "options": "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 "
    "-c tcp_user_timeout=25000 -c idle_in_transaction_session_timeout=60000",
}


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
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", _engine_options(app.config["SQLALCHEMY_DATABASE_URI"]))
    database = SQLAlchemy(app)
    with app.app_context():
        prepare_sqlite(database.engine)
    Regulars(app)
    hops = app.extensions["regulars"].settings.trusted_hops
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Webhooks(app)
    Admin(app)
    app.wsgi_app = Door(app.wsgi_app, runtime.of(app).doors)  # type: ignore[method-assign]
    return app


def _engine_options(url: str) -> dict[str, Any]:
    """A connection for each thread of a web process, and on PostgreSQL an end to what a lost host holds locked."""
    options: dict[str, Any] = {"hide_parameters": True}  # a shopper's words stay out of errors
    if make_url(url).get_backend_name() == "postgresql":
        options |= {"pool_size": 16, "max_overflow": 4, "connect_args": dict(POSTGRES_CONNECTION)}
    return options


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
    _configure_logs()  # before the app: its own logger looks for ours
    app = make_app()
    settings = app.extensions["regulars"].settings
    logs.configure(settings.mode, settings.log_level)
    start_sweeping(app, drains_itself=not settings.redis_url)
    runtime.settle_in()
    return app


def _configure_logs() -> None:
    """By the environment; an app's own config comes later, and a wrong level is refused with the other settings."""
    logs.configure(os.environ.get("REGULARS_MODE", ""), os.environ.get("REGULARS_LOG_LEVEL", "info"))


def _email(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    """Checked at once, so that nobody answers five more questions first."""
    try:
        return staff.good_email(text)
    except InvalidInput as error:
        raise click.BadParameter(error.detail) from error


@click.command("init")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder.")
@click.option("--email", prompt="E-mail of the first owner", callback=_email)
@click.option("--shop", "key", prompt="Short name of the first shop, like kavarna")
@click.option("--platform", type=click.Choice(shops.PLATFORMS), prompt="Its platform", default="shopify")
@click.option("--domain", prompt="Its domain, like kavarna.myshopify.com")
@click.option("--currency", prompt="Its currency", default="EUR")
@click.option("--timezone", prompt="Its time zone", default="Europe/Prague")
@click.option("--webhook-secret-file", type=click.Path(exists=True, dir_okay=False), help="What signs its webhooks.")
@click.pass_obj
def init(info: ScriptInfo, /, data: Path | None, email: str, webhook_secret_file: str | None, **said: str) -> None:
    """Set up in the terminal: root key, database, first owner, first shop.

    What is there already stays, what is missing is added.
    """
    folder = DataFolder(data.absolute()) if data else DataFolder.from_environment()
    folder.make()
    os.environ["REGULARS_DATA"] = str(folder.path)
    app = info.load_app()
    migrating.upgrade(app)
    now, given = clock.now(), read_secret(webhook_secret_file)

    def work(session: Session) -> list[str]:
        return [_first_owner(session, email, now), *_first_shop(session, shops.NewShop(**said), given, now)]

    with app.app_context():
        told = "\n".join(unit_of_work(work))
    click.echo(
        f"""Done. Everything lies in {folder.path}; keep a copy of root.key apart from copies of the database.

{indent(told, "  ")}

Next: `regulars program apply {said["key"]} program.toml`, then `regulars up`."""
    )


def _first_owner(session: Session, email: str, now: datetime) -> str:
    """Add the owner, or keep them; says which."""
    try:
        _, password = staff.add_staff(session, email, "owner", None, now)
    except Conflict:
        return f"Kept {email} as it was; `regulars staff password {email}` gives a new password."
    return f"Sign in as  {email}  with the password  {password}  (shown once)"


def _first_shop(session: Session, new: shops.NewShop, secret: str | None, now: datetime) -> Iterator[str]:
    """Connect the shop and open its source, where they are missing; says what was done and what was kept."""
    try:
        shop = shops.find_shop(session, new.key)
        yield f"Kept the shop {shop.key} ({shop.platform}, {shop.domain}) as it was."
    except NotFound:
        shop = shops.add_shop(session, new, now)
        yield f"{shop.key} is connected."
    source = shops.source_of_kind(session, shop.id, shop.platform)
    if source:
        yield f"Kept its source: send its webhooks to  {address(source)}{hint()}"
    elif shop.platform not in runtime.current().source_kinds:
        yield f"Nothing here takes {shop.platform} webhooks yet: `regulars source add {shop.key} --kind standard` opens"
        yield "an address for signed JSON (docs/standard.md)."
    elif shop.platform == "shopify" and secret is None:
        yield "Shopify chooses the secret of its webhooks. Put it into a file, and open the address with"
        yield f"`regulars source add {shop.key} --kind shopify --secret-file FILE`"
    else:
        source, made = shops.add_source(session, shop, shop.platform, secret, now)
        yield f"Send the shop's webhooks to  {address(source)}{hint()}"
        yield f"signed with the secret       {'(in your file)' if secret else made}"


@click.command("up")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535))
@click.pass_obj
def up(info: ScriptInfo, data: Path | None, port: int) -> None:
    """Run the embedded set-up: queue server, web, worker and clock on one data folder, until Ctrl-C."""
    keep_up(info, data, port, _advice)


def _advice(app: Flask) -> str:
    """A line for an installation that nobody can sign in to."""
    with app.app_context(), reading() as session:
        if staff.list_staff(session):
            return ""
    return "\nNobody can sign in yet: `regulars staff add EMAIL --role owner` adds the first; `regulars init` asks for all."


for _command in (demo, init, up, web):
    cli.add_command(_command)


def main() -> None:
    """The `regulars` command, on the app that REGULARS_APP names or on the standalone one."""
    os.environ.setdefault("TZ", "UTC")
    _configure_logs()
    cli.main(args=sys.argv[1:], prog_name="regulars", obj=ScriptInfo(create_app=make_app))
