"""The kinds of calls that the services have, so that nobody counts or disturbs calls of a kind that never comes."""

from __future__ import annotations

from collections.abc import Iterable


class Kinds:
    """The kinds of each service, once the services have told them."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[str]] = {}

    def know(self, service: str, kinds: Iterable[str]) -> None:
        """All kinds of a service."""
        self._known[service] = frozenset(kinds)

    def check(self, service: str | None, kind: str | None) -> None:
        """Raises ValueError for a kind that the service (None: either) lacks; "query" stands for "query.more" too."""
        known = set().union(*(kinds for home, kinds in self._known.items() if service in (None, home)))
        if kind is None or not known or any(one == kind or one.startswith(f"{kind}.") for one in known):
            return
        raise ValueError(f"no call is of kind {kind!r}; there are {', '.join(sorted(known))}")
