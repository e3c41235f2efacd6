"""The REST API of one org."""
