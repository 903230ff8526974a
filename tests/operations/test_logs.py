"""C077, C078: what must not be read by whoever reads logs is in none, at any level; and every event has its line in the docs."""

import ast
import json
import logging
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask import Flask

from regulars import logs
from tests.architecture.source import ROOT, modules

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


@pytest.fixture
def written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[pytest.CaptureFixture[str]]:
    """Logging as in production, and as it was before afterwards."""
    root, level, hook = logging.root.handlers[:], logging.root.level, threading.excepthook
    logs.configure("production", "debug")
    yield capsys
    structlog.reset_defaults()
    logging.root.handlers[:] = root
    logging.root.setLevel(level)
    monkeypatch.setattr("threading.excepthook", hook)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_only_listed_fields_are_written(written: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().warning("row_failed", shop_id=7, email="ada@example.com")
    (line,) = lines(written)
    assert line.keys() == {"time", "level", "event", "shop_id"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line["time"])


def test_a_library_is_quoted_without_its_values(written: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("a.library").debug("%s %s", "POST", "https://shop.example/?token=hush")
    (line,) = lines(written)
    assert (line["event"], line["logger"], line["template"]) == ("library_said", "a.library", "%s %s")
    assert "hush" not in str(line)


def test_words_that_a_library_put_together_are_left_out(written: pytest.CaptureFixture[str]) -> None:
    words = "Exception on /answers/{} [POST]".format("hush")
    logging.getLogger("flask").error(words)
    (line,) = lines(written)
    assert "template" not in line
    assert "hush" not in str(line)


def test_an_unexpected_error_is_told_by_its_kind_and_its_way(written: pytest.CaptureFixture[str]) -> None:
    try:
        int("ada@example.com")
    except ValueError:
        logging.getLogger("regulars").exception("Exception on /answers/hush")
    (line,) = lines(written)
    assert (line["event"], line["error"]) == ("unexpected_error", "ValueError")
    assert line["frames"][-1].startswith("test_logs.py:")
    assert "ada@" not in str(line)


@pytest.mark.parametrize(("given", "kept"), [("proxy-4711-abc", True), ("ada@example.com\n{}", False), ("x", False)])
def test_a_request_has_one_id_the_proxys_if_it_is_one(
    written: pytest.CaptureFixture[str], given: str, kept: bool
) -> None:
    with Flask("shop").test_request_context(headers={"X-Request-Id": given.partition("\n")[0]}):
        structlog.get_logger().warning("not_kept")
        structlog.get_logger().warning("database_failed")
    first, second = lines(written)
    assert first["request_id"] == second["request_id"]
    assert (first["request_id"] == given) == kept


def events() -> dict[str, str]:
    """Every event that some module of ours logs, and where."""
    return {
        _said(call): place
        for module in modules()
        for place, call in module.places(ast.Call)
        if isinstance(call, ast.Call) and _is_log(call)
    }


def _is_log(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) == "log"
        and call.func.attr in LEVELS | {"log"}
    )


def _said(call: ast.Call) -> str:
    event = call.args[1 if ast.unparse(call.func) == "log.log" else 0]
    assert isinstance(event, ast.Constant), f"an event is a constant: {ast.unparse(call)}"
    return str(event.value)


def fields() -> set[str]:
    """Every field that some module of ours logs."""
    calls = [call for module in modules() for _, call in module.places(ast.Call)]
    return {
        word.arg for call in calls if isinstance(call, ast.Call) and _is_log(call) for word in call.keywords if word.arg
    }


def test_every_event_is_documented_and_every_documented_event_exists() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page[page.index("| event |") : page.index("## Metrics")]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == events().keys()


def test_every_field_that_is_logged_may_be_written() -> None:
    assert fields() - logs.FIELDS == set(), "this field would be dropped without a word"
