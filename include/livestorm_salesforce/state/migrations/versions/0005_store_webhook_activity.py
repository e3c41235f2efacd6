"""Store when deliveries arrive and were seen, and all columns of listed sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from livestorm_salesforce.state import column_types

revision = "0005"
down_revision = "0004"

LISTING_TEXTS = ("timezone", "breakout_room_parent_session_id")
LISTING_TIMES = ("estimated_started_at", "started_at", "created_at", "updated_at")


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "webhook_activity",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("last_sent_at", column_types.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("pk_webhook_activity")),
    )
    op.add_column("webhook_delivery", sa.Column("seen_at", column_types.UtcTime(timezone=True), nullable=True))
    for name in LISTING_TEXTS:
        op.add_column("session_listing", sa.Column(name, sa.Text(), nullable=True))
    for name in LISTING_TIMES:
        op.add_column("session_listing", sa.Column(name, column_types.UtcTime(timezone=True), nullable=True))
