"""Search for secrets and values in an exception and its causes."""

from __future__ import annotations

CANARIES = ("canary", "AQ.first", "AQ.second")


def assert_no_canary(error: BaseException) -> None:
    """Assert that neither the exception nor its causes contain a value, a token or a secret."""
    seen: BaseException | None = error
    while seen is not None:
        text = f"{seen!s} {seen!r} {seen.args!r}"
        assert not any(canary in text for canary in CANARIES), text
        seen = seen.__cause__ or seen.__context__
