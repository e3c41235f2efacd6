"""A search for what must not leave the clients: through an exception and all that hangs on it."""

from __future__ import annotations

CANARIES = ("canary", "AQ.first", "AQ.second")


def assert_no_canary(error: BaseException) -> None:
    """No text of the exception, nor of one it carries, holds a value, a token or a secret."""
    seen: BaseException | None = error
    while seen is not None:
        text = f"{seen!s} {seen!r} {seen.args!r}"
        assert not any(canary in text for canary in CANARIES), text
        seen = seen.__cause__ or seen.__context__
