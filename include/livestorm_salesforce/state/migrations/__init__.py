"""Migrations of the state database, applied by Alembic."""
