"""Our migrations, driven by our own Alembic configuration: own version table, own tables, the host's left alone."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from regulars import db

VERSION_TABLE = "regulars_alembic_version"
_SCRIPTS = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Alembic, pointed at our packaged scripts."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def upgrade(app: Flask) -> None:
    """Bring our tables in the app's database to the newest schema. A second call changes nothing."""
    with app.app_context():
        engine = db.engine_of(app)
        db.prepare_sqlite(engine)
        config = configuration()
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@lru_cache(maxsize=1)
def known_revisions() -> tuple[str, ...]:
    """Every revision this version of the code brings, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions())


def revision(session: Session) -> str | None:
    """The revision the database stands at; None for an empty version table. Raises DBAPIError when there is none."""
    found: str | None = session.scalar(text("SELECT version_num FROM regulars_alembic_version"))
    return found
