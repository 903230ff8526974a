"""Pages with room: a lease is written beside the row it is of, on the same page, and no index hears of it."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("regulars_inbox", "regulars_work")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # pages written before stay as full as they are
        for table in _TABLES:
            op.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
