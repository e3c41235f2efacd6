"""Index the audit log for the pages."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply the migration."""
    op.drop_index("ix_audit_pair_id_object_field", table_name="audit")
    op.create_index("ix_audit_pair_id_campaign_ref", "audit", ["pair_id", "campaign_ref"])
    columns = ["pair_id", "object", "field", "action", "reason"]
    op.create_index("ix_audit_pair_id_object_field_action_reason", "audit", columns)
