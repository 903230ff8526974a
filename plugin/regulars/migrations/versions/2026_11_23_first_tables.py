"""Every table of the first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "regulars_accounts",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.String(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "available >= 0 AND pending >= 0 AND reserved >= 0 AND debt >= 0",
            name=op.f("ck_regulars_accounts_not_below_zero"),
        ),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "unit", name=op.f("pk_regulars_accounts")),
    )
    with op.batch_alter_table("regulars_accounts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_regulars_accounts_due",
            ["shop_id", "next_due_at"],
            unique=False,
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
        )

    op.create_table(
        "regulars_api_keys",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_regulars_api_keys_key_hash")),
    )
    op.create_table(
        "regulars_app_secrets",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("previous_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "platform", name=op.f("pk_regulars_app_secrets")),
    )
    op.create_table(
        "regulars_audit",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column(
            "detail", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_audit")),
    )
    op.create_table(
        "regulars_complaint_counters",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "name", name=op.f("pk_regulars_complaint_counters")),
    )
    op.create_table(
        "regulars_complaint_grants",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("complaint_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_regulars_complaint_grants_points_above_zero")),
        sa.PrimaryKeyConstraint("shop_id", "complaint_id", "key", name=op.f("pk_regulars_complaint_grants")),
    )
    with op.batch_alter_table("regulars_complaint_grants", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_complaint_grants_customer", ["shop_id", "customer_id", "at"], unique=False)
        batch_op.create_index("ix_regulars_complaint_grants_staff", ["shop_id", "staff_id", "at"], unique=False)

    op.create_table(
        "regulars_complaint_remarks",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("complaint_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column(
            "detail", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("shop_id", "complaint_id", "seq", name=op.f("pk_regulars_complaint_remarks")),
    )
    op.create_table(
        "regulars_complaints",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("request_key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("assigned_to", sa.String(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up_due", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_complaints")),
        sa.UniqueConstraint(
            "shop_id", "customer_id", "request_key", name=op.f("uq_regulars_complaints_shop_id_customer_id_request_key")
        ),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_regulars_complaints_shop_id_number")),
    )
    with op.batch_alter_table("regulars_complaints", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_complaints_state", ["shop_id", "state", "opened_at"], unique=False)

    op.create_table(
        "regulars_customer_pii",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", name=op.f("pk_regulars_customer_pii")),
    )
    op.create_table(
        "regulars_customers",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity", sa.String(), nullable=True),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("orders_count", sa.BigInteger(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("first_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marketing_consent", sa.Boolean(), nullable=True),
        sa.Column("open_problems", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_customers")),
    )
    with op.batch_alter_table("regulars_customers", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_customers_last_order", ["shop_id", "last_order_at"], unique=False)
        batch_op.create_index("ix_regulars_customers_stage", ["shop_id", "stage"], unique=False)

    op.create_table(
        "regulars_endpoints",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column(
            "events", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_why", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_endpoints")),
    )
    op.create_table(
        "regulars_entries",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("debit", sa.String(), nullable=False),
        sa.Column("credit", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cause_type", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("program_version", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column(
            "explanation", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("lot", sa.BigInteger(), nullable=True),
        sa.Column("idem_key", sa.String(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_after", sa.BigInteger(), nullable=False),
        sa.Column("pending_after", sa.BigInteger(), nullable=False),
        sa.Column("reserved_after", sa.BigInteger(), nullable=False),
        sa.Column("debt_after", sa.BigInteger(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_regulars_entries_amount_above_zero")),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "unit", "version", name=op.f("pk_regulars_entries")),
        sa.UniqueConstraint("shop_id", "idem_key", name=op.f("uq_regulars_entries_shop_id_idem_key")),
    )
    with op.batch_alter_table("regulars_entries", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_entries_cause", ["shop_id", "cause_type", "cause_id"], unique=False)

    op.create_table(
        "regulars_identities",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "kind", "value", name=op.f("pk_regulars_identities")),
    )
    with op.batch_alter_table("regulars_identities", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_identities_customer", ["shop_id", "customer_id"], unique=False)

    op.create_table(
        "regulars_imports",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "file_hash", "kind", name=op.f("pk_regulars_imports")),
    )
    op.create_table(
        "regulars_inbox",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=True),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column(
            "headers", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_inbox")),
        sa.UniqueConstraint(
            "shop_id",
            "source_id",
            "topic",
            "delivery_id",
            "body_hash",
            name=op.f("uq_regulars_inbox_shop_id_source_id_topic_delivery_id_body_hash"),
        ),
    )
    with op.batch_alter_table("regulars_inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_regulars_inbox_due",
            ["shop_id", "run_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('ready', 'leased')"),
            sqlite_where=sa.text("state IN ('ready', 'leased')"),
        )

    op.create_table(
        "regulars_key_check",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_regulars_key_check")),
    )
    op.create_table(
        "regulars_login_attempts",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_login_attempts")),
    )
    with op.batch_alter_table("regulars_login_attempts", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_login_attempts_account", ["shop_id", "account", "at"], unique=False)

    op.create_table(
        "regulars_lots",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause_type", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("expired_taken", sa.BigInteger(), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "expired_taken >= 0 AND expired_taken <= expired", name=op.f("ck_regulars_lots_expired_taken_within")
        ),
        sa.CheckConstraint("remaining >= 0 AND remaining <= points", name=op.f("ck_regulars_lots_remaining_within")),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "unit", "version", name=op.f("pk_regulars_lots")),
    )
    op.create_table(
        "regulars_messages",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "data", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_messages")),
        sa.UniqueConstraint("shop_id", "key", name=op.f("uq_regulars_messages_shop_id_key")),
    )
    with op.batch_alter_table("regulars_messages", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_messages_customer", ["shop_id", "customer_id"], unique=False)

    op.create_table(
        "regulars_order_lines",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=True),
        sa.Column("variant_id", sa.String(), nullable=True),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("current_quantity", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("gift_card", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "order_id", "id", name=op.f("pk_regulars_order_lines")),
    )
    with op.batch_alter_table("regulars_order_lines", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_order_lines_product", ["shop_id", "product_id"], unique=False)

    op.create_table(
        "regulars_orders",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("payment", sa.String(), nullable=False),
        sa.Column("progress", sa.SmallInteger(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tip_minor", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("standing_minor", sa.BigInteger(), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_orders")),
    )
    with op.batch_alter_table("regulars_orders", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_orders_customer", ["shop_id", "customer_id", "placed_at"], unique=False)
        batch_op.create_index("ix_regulars_orders_placed", ["shop_id", "placed_at"], unique=False)

    op.create_table(
        "regulars_posted",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause_type", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("written_off", sa.BigInteger(), nullable=False),
        sa.Column("moves", sa.BigInteger(), nullable=False),
        sa.Column("program_version", sa.BigInteger(), nullable=True),
        sa.Column("multiplier", sa.String(), nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint(
            "shop_id", "cause_type", "cause_id", "component", "customer_id", name=op.f("pk_regulars_posted")
        ),
    )
    op.create_table(
        "regulars_products",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("vendor", sa.String(), nullable=True),
        sa.Column("product_type", sa.String(), nullable=True),
        sa.Column(
            "tags", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "collections", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_products")),
    )
    op.create_table(
        "regulars_program_versions",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "document", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "version", name=op.f("pk_regulars_program_versions")),
    )
    op.create_table(
        "regulars_refunds",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("money_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "lines", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("shop_id", "order_id", "id", name=op.f("pk_regulars_refunds")),
    )
    op.create_table(
        "regulars_reviews",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("product_id", sa.String(), nullable=True),
        sa.Column("rating", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("has_photo", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "source", "id", name=op.f("pk_regulars_reviews")),
    )
    with op.batch_alter_table("regulars_reviews", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_reviews_customer", ["shop_id", "customer_id"], unique=False)

    op.create_table(
        "regulars_seals",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "cut_at", name=op.f("pk_regulars_seals")),
    )
    op.create_table(
        "regulars_shops",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("api_url", sa.String(), nullable=True),
        sa.Column("api_token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_regulars_shops")),
        sa.UniqueConstraint("domain", name=op.f("uq_regulars_shops_domain")),
        sa.UniqueConstraint("key", name=op.f("uq_regulars_shops_key")),
    )
    op.create_table(
        "regulars_sources",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("previous_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_sources")),
        sa.UniqueConstraint("shop_id", "kind", name=op.f("uq_regulars_sources_shop_id_kind")),
        sa.UniqueConstraint("token", name=op.f("uq_regulars_sources_token")),
    )
    op.create_table(
        "regulars_staff",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_regulars_staff_email")),
    )
    op.create_table(
        "regulars_staff_sessions",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "token_hash", name=op.f("pk_regulars_staff_sessions")),
    )
    with op.batch_alter_table("regulars_staff_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_staff_sessions_staff", ["shop_id", "staff_id"], unique=False)

    op.create_table(
        "regulars_stage_changes",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=True),
        sa.Column("new", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column(
            "detail", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "seq", name=op.f("pk_regulars_stage_changes")),
    )
    with op.batch_alter_table("regulars_stage_changes", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_stage_changes_at", ["shop_id", "at"], unique=False)

    op.create_table(
        "regulars_tier_changes",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("old", sa.String(), nullable=True),
        sa.Column("new", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "customer_id", "seq", name=op.f("pk_regulars_tier_changes")),
    )
    with op.batch_alter_table("regulars_tier_changes", schema=None) as batch_op:
        batch_op.create_index("ix_regulars_tier_changes_at", ["shop_id", "at"], unique=False)

    op.create_table(
        "regulars_variants",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("unit_cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "product_id", "id", name=op.f("pk_regulars_variants")),
    )
    op.create_table(
        "regulars_work",
        sa.Column("shop_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "payload", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_regulars_work")),
        sa.UniqueConstraint("shop_id", "key", name=op.f("uq_regulars_work_shop_id_key")),
    )
    with op.batch_alter_table("regulars_work", schema=None) as batch_op:
        batch_op.create_index(
            "ix_regulars_work_due",
            ["shop_id", "run_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('ready', 'leased')"),
            sqlite_where=sa.text("state IN ('ready', 'leased')"),
        )


def downgrade() -> None:

    with op.batch_alter_table("regulars_work", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_regulars_work_due",
            postgresql_where=sa.text("state IN ('ready', 'leased')"),
            sqlite_where=sa.text("state IN ('ready', 'leased')"),
        )

    op.drop_table("regulars_work")
    op.drop_table("regulars_variants")
    with op.batch_alter_table("regulars_tier_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_tier_changes_at")

    op.drop_table("regulars_tier_changes")
    with op.batch_alter_table("regulars_stage_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_stage_changes_at")

    op.drop_table("regulars_stage_changes")
    with op.batch_alter_table("regulars_staff_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_staff_sessions_staff")

    op.drop_table("regulars_staff_sessions")
    op.drop_table("regulars_staff")
    op.drop_table("regulars_sources")
    op.drop_table("regulars_shops")
    op.drop_table("regulars_seals")
    with op.batch_alter_table("regulars_reviews", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_reviews_customer")

    op.drop_table("regulars_reviews")
    op.drop_table("regulars_refunds")
    op.drop_table("regulars_program_versions")
    op.drop_table("regulars_products")
    op.drop_table("regulars_posted")
    with op.batch_alter_table("regulars_orders", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_orders_placed")
        batch_op.drop_index("ix_regulars_orders_customer")

    op.drop_table("regulars_orders")
    with op.batch_alter_table("regulars_order_lines", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_order_lines_product")

    op.drop_table("regulars_order_lines")
    with op.batch_alter_table("regulars_messages", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_messages_customer")

    op.drop_table("regulars_messages")
    op.drop_table("regulars_lots")
    with op.batch_alter_table("regulars_login_attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_login_attempts_account")

    op.drop_table("regulars_login_attempts")
    op.drop_table("regulars_key_check")
    with op.batch_alter_table("regulars_inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_regulars_inbox_due",
            postgresql_where=sa.text("state IN ('ready', 'leased')"),
            sqlite_where=sa.text("state IN ('ready', 'leased')"),
        )

    op.drop_table("regulars_inbox")
    op.drop_table("regulars_imports")
    with op.batch_alter_table("regulars_identities", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_identities_customer")

    op.drop_table("regulars_identities")
    with op.batch_alter_table("regulars_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_entries_cause")

    op.drop_table("regulars_entries")
    op.drop_table("regulars_endpoints")
    with op.batch_alter_table("regulars_customers", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_customers_stage")
        batch_op.drop_index("ix_regulars_customers_last_order")

    op.drop_table("regulars_customers")
    op.drop_table("regulars_customer_pii")
    with op.batch_alter_table("regulars_complaints", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_complaints_state")

    op.drop_table("regulars_complaints")
    op.drop_table("regulars_complaint_remarks")
    with op.batch_alter_table("regulars_complaint_grants", schema=None) as batch_op:
        batch_op.drop_index("ix_regulars_complaint_grants_staff")
        batch_op.drop_index("ix_regulars_complaint_grants_customer")

    op.drop_table("regulars_complaint_grants")
    op.drop_table("regulars_complaint_counters")
    op.drop_table("regulars_audit")
    op.drop_table("regulars_app_secrets")
    op.drop_table("regulars_api_keys")
    with op.batch_alter_table("regulars_accounts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_regulars_accounts_due",
            postgresql_where=sa.text("next_due_at IS NOT NULL"),
            sqlite_where=sa.text("next_due_at IS NOT NULL"),
        )

    op.drop_table("regulars_accounts")
