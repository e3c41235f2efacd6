"""Store the Campaign of a registration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply the migration."""
    op.add_column("registration", sa.Column("campaign_id", sa.Text(), nullable=True))
