"""The host's own Alembic environment, with autogenerate and its usual version table."""

from alembic import context
from shopfront.models import Base

from regulars import include_object

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=Base.metadata,
    include_object=include_object if given.get("knows_regulars", True) else None,
    compare_server_default=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
