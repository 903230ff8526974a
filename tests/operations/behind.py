"""What happens to the database behind our back."""

from flask import Flask
from sqlalchemy import text

from regulars.db import all_shops


def says(app: Flask, statement: str) -> None:
    """An operator's statement to the database, behind our back."""
    with all_shops("verify"), app.app_context(), app.extensions["sqlalchemy"].engine.begin() as connection:
        connection.execute(text(statement))
