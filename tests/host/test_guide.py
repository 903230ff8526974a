"""docs/host.md does what it says: its app, its commands and its current_staff, as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

pytestmark = pytest.mark.slow

_GUIDE = (ROOT / "docs" / "host.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of one language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", _GUIDE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the guide's own app in it."""
    (tmp_path / "shopfront.py").write_text(blocks("python")[0], encoding="utf-8")
    return tmp_path


def run(folder: Path, script: str) -> str:
    """Run a shell script in this folder, with our programs on the path; stops at the first error."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    known = {"PATH": path, "HOME": str(folder)}
    done = subprocess.run(
        ["sh", "-ec", script], cwd=folder, env=known, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_guides_app_and_commands_run(folder: Path) -> None:
    ask = "from shopfront import create_app; client = create_app().test_client()"
    look = f"{ask}; print([client.get(path).status_code for path in ('/readyz', '/storefront/kavarna/program', '/admin/login')])"
    said = run(folder, "\n".join([*blocks("sh"), f'python -c "{look}"']))
    assert "The database is up to date." in said
    assert "/webhooks/standard/" in said
    assert said.rstrip().endswith("[200, 200, 200]")


def test_the_guides_other_commands_are_the_same(folder: Path) -> None:
    said = run(
        folder, f"{blocks('sh')[0]}\nflask --app shopfront regulars db upgrade\nflask --app shopfront regulars verify"
    )
    assert "There is no shop yet." in said


def test_the_guides_other_python_is_python() -> None:
    for block in blocks("python"):
        compile(block, "docs/host.md", "exec")
