"""Create the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from livestorm_salesforce.state import column_types

revision = "0001"
down_revision = None


#: Interface for warehouse tools, documented in docs/reference/database.md.
VIEWS = (
    """CREATE VIEW v_audit AS SELECT id, pair_id, run_id, task, at, action, object, record_id, field, before, after,
    reason, how FROM audit""",
    """CREATE VIEW v_runs AS SELECT pair_id, dag_id, run_id, is_manual, mode, started_at, ended_at, verdict FROM run""",
    """CREATE VIEW v_registrations AS SELECT pair_id, session_id, person_id, in_list, registered_at, record_id, bucket,
    reason, run_id FROM registration""",
)


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("try_number", sa.Integer(), nullable=False),
        sa.Column("at", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("object", sa.Text(), nullable=True),
        sa.Column("record_id", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("campaign_ref", sa.Text(), nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_pair_id_at"), "audit", ["pair_id", "at"], unique=False)
    op.create_index(op.f("ix_audit_pair_id_record_id_field"), "audit", ["pair_id", "record_id", "field"], unique=False)
    op.create_index(op.f("ix_audit_pair_id_run_id"), "audit", ["pair_id", "run_id"], unique=False)
    op.create_index(op.f("ix_audit_pair_id_source_key"), "audit", ["pair_id", "source_key"], unique=False)
    op.create_table(
        "connection_binding",
        sa.Column("livestorm_conn_id", sa.Text(), nullable=False),
        sa.Column("salesforce_conn_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("bound_at", column_types.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "livestorm_conn_id", "salesforce_conn_id", "fingerprint", name=op.f("pk_connection_binding")
        ),
    )
    op.create_table(
        "event",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("registration_link", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("scheduling_status", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=True),
        sa.Column("estimated_duration", sa.Double(), nullable=True),
        sa.Column("updated_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("pair_id", "event_id", name=op.f("pk_event")),
    )
    op.create_table(
        "last_write",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("try_number", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "run_id", "task", "try_number", name=op.f("pk_last_write")),
    )
    op.create_table(
        "latest_answer",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("email_hmac", sa.Text(), nullable=False),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "email_hmac", name=op.f("pk_latest_answer")),
    )
    op.create_table(
        "org_describe",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("read_at", sa.Double(), nullable=False),
        sa.Column("objects", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("pk_org_describe")),
    )
    op.create_table(
        "pair",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("created_at", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("activated_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("hmac_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("pk_pair")),
    )
    op.create_table(
        "quarantine",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=True),
        sa.Column("first_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("last_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("person_hash", column_types.Hash64(), nullable=True),
        sa.Column("member_hash", column_types.Hash64(), nullable=True),
        sa.Column("mapping_hash", column_types.Hash64(), nullable=True),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("dismissed", sa.Boolean(), nullable=False),
        sa.Column("dismiss_reason", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pair_id", "session_id", "person_id", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "rate_window",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", name=op.f("pk_rate_window")),
    )
    op.create_table(
        "registrant_list",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "session_id", name=op.f("pk_registrant_list")),
    )
    op.create_table(
        "registration",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("email_hmac", sa.Text(), nullable=True),
        sa.Column("in_list", sa.Boolean(), nullable=False),
        sa.Column("registered_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("person_hash", column_types.Hash64(), nullable=True),
        sa.Column("member_hash", column_types.Hash64(), nullable=True),
        sa.Column("record_id", sa.Text(), nullable=True),
        sa.Column("bucket", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pair_id", "session_id", "person_id", name=op.f("pk_registration")),
    )
    op.create_index(op.f("ix_registration_pair_id_email_hmac"), "registration", ["pair_id", "email_hmac"], unique=False)
    op.create_index(op.f("ix_registration_pair_id_record_id"), "registration", ["pair_id", "record_id"], unique=False)
    op.create_table(
        "run",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("dag_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("is_manual", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("started_at", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("ended_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("pair_id", "dag_id", "run_id", name=op.f("pk_run")),
    )
    op.create_table(
        "session",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.Column("campaign_created", sa.Text(), nullable=True),
        sa.Column("registrants_count", sa.Double(), nullable=True),
        sa.Column("attendees_count", sa.Double(), nullable=True),
        sa.Column("updated_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("read_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("full_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("verified_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("roster_excess", sa.Double(), nullable=True),
        sa.Column("retry", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "session_id", name=op.f("pk_session")),
    )
    op.create_table(
        "sync_position",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("last_success", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("listings", sa.JSON(), nullable=False),
        sa.Column("window_began", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("refreshed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("pk_sync_position")),
    )
    op.create_table(
        "transaction_size",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("successes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "object", name=op.f("pk_transaction_size")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("received_at", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("registrant", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "digest", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(op.f("ix_webhook_delivery_session_id"), "webhook_delivery", ["session_id"], unique=False)
    op.create_table(
        "write_intent",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("dag_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Double(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "dag_id", "run_id", "task", name=op.f("pk_write_intent")),
    )
    for statement in VIEWS:
        op.execute(statement)
