"""Towns on servers of their own: what these tests stop, no other test uses."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool

from regulars.keys import new_root_key
from regulars.standalone import create_app
from tests.databases import PostgresDatabases
from tests.embedded.house import QUICK
from tests.faults.servers import DurablePostgres
from tests.faults.town import PYTHON_PATH, Desk, Town, open_desk
from tests.outbound.receiver import Receiver, receiving
from tests.servers import ValkeyServer, running

OpenTown = Callable[..., Desk]


@pytest.fixture(scope="session")
def _own_postgres() -> Iterator[DurablePostgres]:
    with running(DurablePostgres()) as server:
        yield server


@pytest.fixture(scope="session")
def _own_databases(_own_postgres: DurablePostgres) -> PostgresDatabases:
    return PostgresDatabases(_own_postgres)


@pytest.fixture
def cut_postgres(_own_postgres: DurablePostgres) -> Iterator[DurablePostgres]:
    """A PostgreSQL that only these tests use: it may be stopped and cut off, and runs again afterwards."""
    yield _own_postgres
    if _own_postgres.process is None:
        _own_postgres.start()


@pytest.fixture
def cut_url(cut_postgres: DurablePostgres, _own_databases: PostgresDatabases) -> str:
    """A fresh database of it."""
    return _own_databases.create()


@contextmanager
def opened(folder: Path, database_url: str, **settings: str) -> Iterator[Desk]:
    """A town with a shop on this database; nobody lives there afterwards."""
    environment = QUICK | {
        "REGULARS_ROOT_KEY": new_root_key(), "REGULARS_DATA": str(folder / "data"), "REGULARS_MODE": "test",
        "REGULARS_DATABASE_URL": database_url, "REGULARS_OUTBOUND_URL_ALLOW_PRIVATE": "yes", **settings,
    }  # fmt: skip
    eyes = {"SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": NullPool}}  # the test looks anew each time: servers come and go
    app = create_app({**environment, **eyes})
    town = Town(app, environment | {"PYTHONPATH": PYTHON_PATH, "REGULARS_APP": "tests.faults.app:create_app"}, folder)
    try:
        yield open_desk(town)
    finally:
        town.close()
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def open_town(tmp_path: Path) -> Iterator[OpenTown]:
    """Opens towns on a database, with settings."""
    with ExitStack() as stack:
        yield lambda url, **settings: stack.enter_context(opened(tmp_path, url, **settings))


@pytest.fixture
def desk(open_town: OpenTown, cut_url: str, queue: ValkeyServer) -> Desk:
    """A shop in a town on PostgreSQL and Valkey."""
    return open_town(cut_url, REGULARS_REDIS_URL=queue.url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one
