"""Entries and audit rows never change: the database itself refuses UPDATE and DELETE.

Only the purge of a shop in state `purging` may remove entries.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = ("regulars_entries", "regulars_audit")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _TABLES:
            op.execute(f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
                BEGIN SELECT RAISE(ABORT, '{table} is append-only: add a correcting row'); END""")
            op.execute(f"""CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
                WHEN NOT EXISTS (SELECT 1 FROM regulars_shops WHERE shop_id = OLD.shop_id AND state = 'purging')
                BEGIN SELECT RAISE(ABORT, '{table} is append-only: add a correcting row'); END""")
        return
    op.execute("""CREATE FUNCTION regulars_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF EXISTS (SELECT 1 FROM regulars_shops WHERE shop_id = OLD.shop_id AND state = 'purging') THEN
                    RETURN OLD;
                END IF;
            END IF;
            RAISE EXCEPTION '% is append-only: add a correcting row', TG_TABLE_NAME;
        END $$""")
    for table in _TABLES:
        op.execute(f"""CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION regulars_refuse_change()""")
        op.execute(f"""CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION regulars_refuse_change()""")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _TABLES:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
        return
    for table in _TABLES:
        op.execute(f"DROP TRIGGER {table}_never_changes ON {table}")
        op.execute(f"DROP TRIGGER {table}_never_emptied ON {table}")
    op.execute("DROP FUNCTION regulars_refuse_change()")
