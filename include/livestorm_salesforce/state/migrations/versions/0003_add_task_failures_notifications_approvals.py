"""Add task failures, notifications and approvals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from livestorm_salesforce.state import column_types

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "approval",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("dag_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("at", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("plan_hash", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pair_id", "dag_id", "run_id", "at", name=op.f("pk_approval")),
    )
    op.create_table(
        "notification",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", column_types.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_notification")),
    )
    op.create_table(
        "task_failure",
        sa.Column("dag_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("map_index", sa.Integer(), nullable=False),
        sa.Column("try_number", sa.Integer(), nullable=False),
        sa.Column("at", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("will_retry", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("dag_id", "run_id", "task_id", "map_index", "try_number", name=op.f("pk_task_failure")),
    )
    op.create_index(op.f("ix_task_failure_at"), "task_failure", ["at"], unique=False)
