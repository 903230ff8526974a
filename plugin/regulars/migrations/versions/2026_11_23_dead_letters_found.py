"""Dead letters are found by an index of their own: they are few among rows that are many."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = ("regulars_inbox", "regulars_work")


def upgrade() -> None:
    dead = sa.text("state = 'dead'")
    for table in _TABLES:
        op.create_index(f"ix_{table}_dead", table, ["shop_id"], postgresql_where=dead, sqlite_where=dead)


def downgrade() -> None:
    for table in _TABLES:
        op.drop_index(f"ix_{table}_dead", table_name=table)
