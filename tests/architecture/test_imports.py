"""Imports run one way: admin → webhooks → plugin."""

import pytest
from importlinter.cli import lint_imports

from tests.architecture.source import ROOT


def test_imports_run_one_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    failed = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert failed == 0, capsys.readouterr().out
