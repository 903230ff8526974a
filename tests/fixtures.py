"""The servers and databases as pytest fixtures: started when a test first asks, stopped at the end of the session.

Under pytest-xdist each worker has its own, so nothing is shared and nothing waits.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.databases import PostgresDatabases, SqliteDatabases
from tests.servers import PostgresServer, SmtpSink, ValkeyServer, running
from tools.prepare import find_chromium

#: Nothing that looks for an update, a hint or an account: every connection a browser test sees is the page's own.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running(PostgresServer()) as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    with running(ValkeyServer()) as server:
        yield server


@pytest.fixture
def queue() -> Iterator[ValkeyServer]:
    """A Valkey of this test's own: it may be emptied, filled and stopped."""
    with running(ValkeyServer()) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """The maintenance database of a running PostgreSQL, for tests that make their own databases."""
    return postgres.url("postgres")


@pytest.fixture(scope="session")
def valkey_url(valkey: ValkeyServer) -> str:
    """A running Valkey, shared by the session and therefore not empty."""
    return valkey.url


@pytest.fixture
def queue_url(valkey: ValkeyServer) -> str:
    """The session's Valkey, emptied for this test."""
    valkey.flush()
    return valkey.url


@pytest.fixture(scope="session")
def _sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def _postgres_databases(postgres: PostgresServer) -> PostgresDatabases:
    return PostgresDatabases(postgres)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each test that touches a database runs on both; `--database` keeps to one.

    A test about one kind says so: @pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True).
    """
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A freshly migrated, empty database of this test's own."""
    if database_kind == "sqlite":
        yield request.getfixturevalue("_sqlite_databases").create(tmp_path)
        return
    databases: PostgresDatabases = request.getfixturevalue("_postgres_databases")
    url = databases.create()
    try:
        yield url
    finally:
        databases.drop(url)


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a single table, for the tests of migrations and of set-up."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    server.drop_database("regulars_empty")
    yield server.create_database("regulars_empty")
    server.drop_database("regulars_empty")


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    sink = SmtpSink()
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = find_chromium()
    if path is None:
        pytest.skip("NO CHROMIUM on the PATH: the pages were not looked at (apt-get install chromium)")
    return path


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that fails its test for any error its scripts threw."""
    context = browser.new_context()
    fresh = context.new_page()
    errors: list[str] = []
    fresh.on("pageerror", lambda error: errors.append(str(error)))
    yield fresh
    context.close()
    assert not errors
