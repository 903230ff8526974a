"""Fresh, migrated, empty databases in milliseconds: migrate once into a template, then copy it for each test."""

import shutil
import sqlite3
from itertools import count
from pathlib import Path

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import make_url

from regulars import db as regulars_db
from regulars import migrating
from tests.servers import PostgresServer

_TEMPLATE = "regulars_template"


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema, as `regulars db upgrade` does, and let go of it."""
    app = Flask("template")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    host = SQLAlchemy(app)
    with app.app_context():
        regulars_db.prepare_sqlite(host.engine)
    migrating.upgrade(app)
    with app.app_context():
        host.engine.dispose()


class SqliteDatabases:
    """A file per test, copied from a migrated one."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"

    def create(self, folder: Path) -> str:
        """A fresh database in this folder; its address."""
        if not self._template.exists():
            self._migrate()
        copy = folder / "regulars.sqlite3"
        shutil.copyfile(self._template, copy)
        return f"sqlite:///{copy}"

    def _migrate(self) -> None:
        fresh = self._template.with_suffix(".fresh")
        migrate(f"sqlite:///{fresh}")
        connection = sqlite3.connect(fresh)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # everything into the one file that is copied
        connection.close()
        fresh.rename(self._template)


class PostgresDatabases:
    """A database per test, created from a migrated template."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = count(1)
        self._has_template = False

    def create(self) -> str:
        """A fresh database; its address."""
        if not self._has_template:
            migrate(self._server.create_database(_TEMPLATE))
            self._has_template = True
        return self._server.create_database(f"regulars_{next(self._numbers)}", template=_TEMPLATE)

    def drop(self, url: str) -> None:
        """Remove one that create() made."""
        self._server.drop_database(str(make_url(url).database))
