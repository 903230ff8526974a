"""What a person can set, send, meet or listen to is in docs/, by its exact name."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from regulars import errors, facts, settings, signals

DOCS = Path(__file__).resolve().parents[2] / "docs"


def missing(names: Iterable[str], page: str | None = None) -> list[str]:
    """The names that no page of docs/ (or not this page) shows as code: `name`, `name(…)` or `name …`."""
    pages = [DOCS / page] if page else sorted(DOCS.glob("*.md"))
    shown = "\n".join(path.read_text(encoding="utf-8") for path in pages if path.exists())
    return sorted(name for name in names if not re.search(rf"`{re.escape(name)}[`( =\[]", shown))


def error_codes() -> set[str]:
    """The codes of the whole tree of errors, wherever the house defines them."""
    importlib.import_module("regulars.standalone")  # the one module that brings in all three packages
    return {kind.code for kind in _descendants(errors.RegularsError)}


def topics() -> Iterator[str]:
    """Every topic that some platform's table names."""
    package = importlib.import_module("regulars_webhooks")
    for found in pkgutil.walk_packages(package.__path__, "regulars_webhooks."):
        if found.name.endswith(".topics"):
            yield from importlib.import_module(found.name).TOPICS


def commands(group: click.Group, path: str) -> Iterator[str]:
    """The whole name of every command below a group."""
    for name, command in group.commands.items():
        whole = f"{path} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, whole)
        elif not command.hidden:
            yield whole


def _descendants(kind: type[errors.RegularsError]) -> Iterator[type[errors.RegularsError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _descendants(child)


def test_every_setting_is_documented() -> None:
    assert missing((setting.key for setting in settings.SETTINGS), "settings.md") == []


def test_the_settings_page_names_no_setting_that_is_gone() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    known = {setting.key for setting in settings.SETTINGS} | {f"{setting.key}_FILE" for setting in settings.SETTINGS}
    assert set(re.findall(r"^\| `(REGULARS_\w+)`", page, re.MULTILINE)) - known == set()


def test_every_error_code_is_documented() -> None:
    assert missing(error_codes(), "errors.md") == []


def test_every_fact_is_documented() -> None:
    kinds = inspect.getmembers(facts, dataclasses.is_dataclass)
    assert missing((name for name, kind in kinds if kind.__module__ == facts.__name__), "facts.md") == []


def test_every_signal_is_documented() -> None:
    assert missing(signals.SIGNALS, "signals.md") == []


def test_every_command_is_documented() -> None:
    group = importlib.import_module("regulars.cli").cli
    assert missing(commands(group, "regulars"), "cli.md") == []


def test_every_webhook_topic_is_documented() -> None:
    names = set(topics())
    assert names, "no table of topics was found"
    assert missing(names, "topics.md") == []


def test_a_name_nobody_wrote_about_is_missing() -> None:
    assert missing(["REGULARS_NOBODY_WROTE_ABOUT_THIS"]) == ["REGULARS_NOBODY_WROTE_ABOUT_THIS"]
