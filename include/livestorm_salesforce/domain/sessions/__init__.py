"""Decisions about Livestorm sessions: which are in scope, which are read now, within which budget."""
