"""Store setup checks and erasure certificates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from livestorm_salesforce.state import column_types

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "erasure_certificate",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("at", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "at", name=op.f("pk_erasure_certificate")),
    )
    op.create_table(
        "setup_check",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", column_types.UtcTime(timezone=True), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setup_check")),
    )
