"""`regulars demo`."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import ScriptInfo

from regulars.demo.demonstration import Demonstration
from regulars.demo.mailbox import free_port
from regulars.embedded.cli import demand_port, until_told
from regulars.embedded.folder import DataFolder
from regulars.errors import SettingsError

_USUAL_PORT = 8000


@click.command("demo")
@click.option("--orders", default=2000, type=click.IntRange(1), help="How many orders the two years of history have.")
@click.option("--port", type=click.IntRange(1, 65535), help="Where the web answers; 8000 or any free one if left out.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="A folder to keep; else a temporary one."
)
@click.option("--exit", "leave", is_flag=True, help="Stop when everything is counted; exit 1 if anything is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print what happened as JSON.")
@click.pass_obj
def demo(info: ScriptInfo, orders: int, port: int | None, data: Path | None, leave: bool, as_json: bool) -> None:
    """Run the embedded app with a small shop that sends signed webhooks; says what happened."""
    with until_told() as stop, _folder(data) as folder, Demonstration(info, folder, _port(port), stop) as running:
        summary = running.play(orders)
        if summary is None:
            raise click.Abort
        if as_json:
            click.echo(json.dumps(summary.as_json() | running.addresses(), ensure_ascii=False))
        else:
            click.echo(f"{summary.words()}\n\n{running.where_to_look()}")
        if not leave:
            click.echo("Ctrl-C stops it.", err=True)
            running.keep_up()
    click.get_current_context().exit(1 if summary.wrong else 0)


@contextmanager
def _folder(data: Path | None) -> Iterator[DataFolder]:
    """The folder that was asked for, which stays, or a temporary one, which goes."""
    if data is not None:
        if data.exists() and any(data.iterdir()):
            raise SettingsError(f"{data} is not empty: the demo begins with a folder of its own.")
        yield DataFolder(data.absolute())
        return
    temporary = Path(tempfile.mkdtemp(prefix="regulars-demo-"))
    try:
        yield DataFolder(temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _port(asked: int | None) -> int:
    """The port that was asked for, which must be free; otherwise the usual one, or any."""
    try:
        demand_port("127.0.0.1", asked or _USUAL_PORT)
    except SettingsError:
        if asked:
            raise
        return free_port()
    return asked or _USUAL_PORT
