"""Store sessions as listed, and attendance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from livestorm_salesforce.state import column_types

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "session_listing",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("in_scope", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.Column("starts_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("ended_at", column_types.UtcTime(timezone=True), nullable=True),
        sa.Column("registrants_count", sa.Double(), nullable=True),
        sa.Column("attendees_count", sa.Double(), nullable=True),
        sa.Column("listed_at", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "session_id", name=op.f("pk_session_listing")),
    )
    op.create_index(
        op.f("ix_session_listing_pair_id_starts_at"), "session_listing", ["pair_id", "starts_at"], unique=False
    )
    op.create_index(op.f("ix_audit_pair_id_object_field"), "audit", ["pair_id", "object", "field"], unique=False)
    op.add_column("registration", sa.Column("attended", sa.Boolean(), nullable=True))
    op.add_column("registration", sa.Column("watched", sa.Boolean(), nullable=True))
    op.add_column("registration", sa.Column("loaded_at", column_types.UtcTime(timezone=True), nullable=True))
