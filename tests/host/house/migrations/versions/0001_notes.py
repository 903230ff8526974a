"""Shelves and notes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "shelves",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("label", sa.String(), nullable=False, unique=True),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("shelf_id", sa.Integer(), sa.ForeignKey("shelves.id")),
    )
    op.create_index("ix_notes_text", "notes", ["text"])


def downgrade() -> None:
    op.drop_table("notes")
    op.drop_table("shelves")
