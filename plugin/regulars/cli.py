"""`regulars …`, also as `flask regulars …` in a host: the group, and the commands of the plugin's own rooms."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import redis
from sqlalchemy.exc import DBAPIError

from regulars.db import NO_DATABASE
from regulars.errors import InvalidInput, RegularsError, SettingsError, Unavailable

#: Exit codes: 0 good, 1 the answer is no, 2 wrong use.
_NO, _WRONG_USE = 1, 2


class _Told(click.ClickException):
    """One of our errors, told in a sentence instead of a traceback."""

    def __init__(self, error: RegularsError) -> None:
        super().__init__(error.detail)
        wrong_use = isinstance(error, InvalidInput | SettingsError)
        self.exit_code = _WRONG_USE if wrong_use else _NO  # type: ignore[misc]  # click reads it from the instance


class Commands(click.Group):
    """A group whose commands may raise our errors."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of ours becomes its sentence and its exit code."""
        try:
            return super().invoke(ctx)
        except RegularsError as error:
            raise _Told(error) from error
        except (DBAPIError, *NO_DATABASE) as error:
            raise _Told(_unavailable("The database", error)) from error
        except redis.RedisError as error:
            raise _Told(_unavailable("The queue server", error)) from error


def _unavailable(who: str, error: Exception) -> Unavailable:
    """A server that does not answer, in a sentence without the statement and its values."""
    told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return Unavailable(f"{who} does not answer as it should: {told}. `regulars doctor` says what to do.")


@click.group("regulars", cls=Commands)
def cli() -> None:
    """Turn one-time buyers into regulars: points, tiers, lifecycle and care for online shops."""


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`: the result as one JSON value instead of words."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)


def say(result: Any, words: str, as_json: bool) -> None:
    """Print a result in the form that was asked for."""
    click.echo(json.dumps(result, ensure_ascii=False, default=str) if as_json else words)


def read_text(file: Path) -> str:
    """What a file says. Raises InvalidInput when it is not text in UTF-8 or cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not text in UTF-8; save it as UTF-8 and try again.") from error
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read ({error.strerror}).") from error


def read_secret(path: str | None) -> str | None:
    """The secret in a file, without the line end. Raises InvalidInput when the file is empty or no text."""
    if path is None:
        return None
    secret = read_text(Path(path)).strip()
    if not secret:
        raise InvalidInput(f"{path} is empty: an empty secret would verify anything.")
    return secret
