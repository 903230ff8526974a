"""Our migrations, driven by our own Alembic configuration: own version table, own tables, the host's left alone."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from flask import Flask

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
        engine = app.extensions["sqlalchemy"].engine
        db.prepare_sqlite(engine)
        config = configuration()
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
