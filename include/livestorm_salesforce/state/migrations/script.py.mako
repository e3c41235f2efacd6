"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from livestorm_salesforce.state import column_types

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Apply the migration."""
    ${upgrades if upgrades else "pass"}
