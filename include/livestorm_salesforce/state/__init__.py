"""Persistent state: everything that outlives a run."""
