"""Audit entries, the decisions of an undo, and the rows that concern a person (erasure)."""
