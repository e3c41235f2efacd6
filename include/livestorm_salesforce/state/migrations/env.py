"""Alembic environment: migrations run in the connection of `migrate`."""

from __future__ import annotations

from alembic import context

from livestorm_salesforce.state.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    user_module_prefix="column_types.",
)
with context.begin_transaction():
    context.run_migrations()
