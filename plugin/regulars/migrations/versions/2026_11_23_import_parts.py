"""An import is applied in parts, each with its own progress.

What an unfinished import had applied is passed over; a record that comes again changes nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "regulars_import_parts",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "file_hash", "kind", "part", name=op.f("pk_regulars_import_parts")),
    )
    op.execute(
        "INSERT INTO regulars_import_parts (shop_id, file_hash, kind, part, passed, applied) "
        "SELECT shop_id, file_hash, kind, 0, applied, applied FROM regulars_imports"
    )
    with op.batch_alter_table("regulars_imports", schema=None) as batch_op:
        batch_op.drop_column("applied")


def downgrade() -> None:
    op.drop_table("regulars_import_parts")
    with op.batch_alter_table("regulars_imports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("applied", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("regulars_imports", schema=None) as batch_op:
        batch_op.alter_column("applied", server_default=None)
