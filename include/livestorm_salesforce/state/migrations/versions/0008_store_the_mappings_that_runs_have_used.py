"""Store the mappings that runs have used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from livestorm_salesforce.state import column_types

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply the migration."""
    op.create_table(
        "used_mapping",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("mapping_hash", column_types.Hash64(), nullable=False),
        sa.Column("person", sa.JSON(), nullable=False),
        sa.Column("member", sa.JSON(), nullable=False),
        sa.Column("used_at", column_types.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pair_id", "mapping_hash", name=op.f("pk_used_mapping")),
    )
