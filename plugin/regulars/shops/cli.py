"""`regulars shop add`, `source add|rotate`, `app-secret set`, `key add`."""

from collections.abc import Callable
from datetime import datetime

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from regulars import clock, runtime, shops
from regulars.cli import json_option, read_secret, say
from regulars.db import unit_of_work
from regulars.errors import InvalidInput
from regulars.shops.models import Shop, Source
from regulars.shops.service import NewShop

#: `add_source` or `rotate_source`.
Verb = Callable[[Session, Shop, str, str | None, datetime], tuple[Source, str]]

_SHOPIFY_CHOOSES = (
    "Shopify chooses the secret, not we: copy it from Settings > Notifications > Webhooks of the shop's admin (or, for the "
    "webhooks of an app, the app's client secret) into a file, and pass that with --secret-file "
    "(--webhook-secret-file of `regulars shop add` and `regulars init`)."
)
_FILE = click.Path(exists=True, dir_okay=False)


@click.group()
def shop() -> None:
    """Shops that are connected here."""


@shop.command("add")
@click.argument("key")
@click.option("--platform", required=True, type=click.Choice(shops.PLATFORMS))
@click.option("--domain", required=True, help="Where the shop lives, like kavarna.myshopify.com.")
@click.option("--currency", required=True, help="ISO 4217, like EUR.")
@click.option("--timezone", required=True, help="Like Europe/Prague.")
@click.option("--name", default="", help="What shoppers call the shop.")
@click.option("--locale", default="en", help="The language of letters to shoppers who did not say theirs.")
@click.option("--webhook-secret-file", type=_FILE, help="The secret that signs this shop's webhooks.")
@click.option("--api-url", help="Where the shop's own API answers, if not at the usual place.")
@click.option("--api-token-file", type=_FILE, help="The token for the shop's own API.")
@json_option
@with_appcontext
def add_shop(webhook_secret_file: str | None, api_token_file: str | None, as_json: bool, **said: str | None) -> None:
    """Connect a shop; with a webhook secret also its source, whose address is printed."""
    now = clock.now()
    secret, token = read_secret(webhook_secret_file), read_secret(api_token_file)
    new = NewShop(api_token=token, **said)  # type: ignore[arg-type]

    def work(session: Session) -> tuple[str, str | None]:
        added = shops.add_shop(session, new, now)
        source = shops.add_source(session, added, added.platform, secret, now)[0] if secret else None
        return added.key, (address(source) if source else None)

    key, where = unit_of_work(work)
    words = f"{key} is connected." + (f"\nSend its webhooks to {where}{hint()}" if where else "")
    say({"shop": key, "address": where}, words, as_json)


def address(source: Source) -> str:
    """Where a source's webhooks arrive; with the public address in front when it is set."""
    settings = runtime.current().settings
    return f"{settings.public_url}{settings.webhooks_prefix}/{source.kind}/{source.token}"


def hint() -> str:
    """A line on what an address lacks while the public one is not set; empty when it is."""
    if runtime.current().settings.public_url:
        return ""
    return "\n(put the public address of this app in front, or set REGULARS_PUBLIC_URL)"


@click.group()
def source() -> None:
    """The addresses that feed a shop."""


@source.command("add")
@click.argument("key")
@click.option("--kind", required=True, type=click.Choice(shops.SOURCE_KINDS))
@click.option(
    "--secret-file", type=_FILE, help="The secret the sender signs with; except for shopify one is made when left out."
)
@json_option
@with_appcontext
def add_source(key: str, kind: str, secret_file: str | None, as_json: bool) -> None:
    """Open an address that feeds a shop."""
    _open(key, kind, secret_file, as_json, shops.add_source)


@source.command("rotate")
@click.argument("key")
@click.argument("kind", type=click.Choice(shops.SOURCE_KINDS))
@click.option("--secret-file", type=_FILE, help="The new secret; except for shopify one is made when left out.")
@json_option
@with_appcontext
def rotate_source(key: str, kind: str, secret_file: str | None, as_json: bool) -> None:
    """Give a source a new secret; the old one stays good for the rotation time."""
    _open(key, kind, secret_file, as_json, shops.rotate_source)


def _open(key: str, kind: str, secret_file: str | None, as_json: bool, verb: Verb) -> None:
    now = clock.now()
    given = read_secret(secret_file)
    if kind == "shopify" and given is None:
        raise InvalidInput(_SHOPIFY_CHOOSES)

    def work(session: Session) -> tuple[str, str]:
        opened, secret = verb(session, shops.find_shop(session, key), kind, given, now)
        return address(opened), secret

    where, secret = unit_of_work(work)
    words = f"Send {kind} webhooks to {where}{hint()}" + ("" if given else f"\nSign them with {secret} (shown once)")
    say({"address": where, "secret": None if given else secret}, words, as_json)


@click.group("app-secret")
def app_secret() -> None:
    """The secret of one app of a platform that serves many shops."""


@app_secret.command("set")
@click.option("--platform", required=True, type=click.Choice(["shopify"]))
@click.option("--secret-file", required=True, type=_FILE)
@json_option
@with_appcontext
def set_app_secret(platform: str, secret_file: str, as_json: bool) -> None:
    """Set or rotate the app's secret; the old one stays good for the rotation time."""
    now = clock.now()
    secret = read_secret(secret_file) or ""
    unit_of_work(lambda session: shops.set_app_secret(session, platform, secret, now))
    settings = runtime.current().settings
    where = f"{settings.public_url}{settings.webhooks_prefix}/{platform}"
    say({"address": where}, f"The app's webhooks are taken at {where}{hint()}", as_json)


@click.group()
def key() -> None:
    """API keys for the servers of shops."""


@key.command("add")
@click.argument("shop_key", metavar="KEY")
@json_option
@with_appcontext
def add_key(shop_key: str, as_json: bool) -> None:
    """Make an API key; it is shown once."""
    now = clock.now()
    made = unit_of_work(lambda session: shops.add_api_key(session, shops.find_shop(session, shop_key), now))
    say({"key": made}, f"{made}\nIt is shown once; we keep only its hash.", as_json)
