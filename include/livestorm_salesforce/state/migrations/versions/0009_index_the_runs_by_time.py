"""Index the runs by time."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply the migration."""
    op.create_index("ix_run_pair_id_started_at", "run", ["pair_id", "started_at"])
