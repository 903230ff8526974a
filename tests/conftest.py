"""What every test sees: the option that chooses databases, and the fixtures of its neighbours."""

import pytest

pytest_plugins = ["tests.fixtures", "tests.app_fixtures"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres", "both"],
        default="both",
        help="run the tests that touch a database on this one only",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--database")
    if wanted == "both":
        return
    left_out = [item for item in items if _kind(item) not in (None, wanted)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _kind(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get("database_kind")
