"""Alembic's entry: only our tables, in our own version table; may import all three packages to know their tables."""

from typing import Any, Literal

from alembic import context

import regulars.models  # noqa: F401 - our tables
import regulars_admin.staff.models  # noqa: F401 - its tables
import regulars_webhooks.imports.models
import regulars_webhooks.inbox.models  # noqa: F401 - its tables
from regulars.db import Base, UtcDateTime
from regulars.migrating import VERSION_TABLE


def _ours(item: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    table = name if kind == "table" else getattr(getattr(item, "table", None), "name", "")
    return str(table or "").startswith("regulars_") and table != VERSION_TABLE


def _plain(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Our time type is written as what it is in the database, so that an old migration never needs our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    include_object=_ours,
    render_item=_plain,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
