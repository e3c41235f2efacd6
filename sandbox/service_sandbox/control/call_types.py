"""The two services, and the types of calls that each of them receives."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class ServiceName(StrEnum):
    """The emulated services."""

    LIVESTORM = "livestorm"
    SALESFORCE = "salesforce"


class CallTypes:
    """Registry of call types per service; rejects misspelt types in filters and faults."""

    def __init__(self) -> None:
        self._registered: dict[str, frozenset[str]] = {}

    def register(self, service: str, call_types: Iterable[str]) -> None:
        """Sets all call types of a service."""
        self._registered[service] = frozenset(call_types)

    def check(self, service: str | None, call_type: str | None) -> None:
        """Checks a call type; "query" also stands for "query.more".

        Raises:
            ValueError: the service (None: both services) has no such call type.
        """
        known = set().union(*(types for owner, types in self._registered.items() if service in (None, owner)))
        if call_type is None or not known or any(matches(one, call_type) for one in known):
            return
        raise ValueError(f"unknown call type {call_type!r}; known are {', '.join(sorted(known))}")


def matches(call_type: str, wanted: str) -> bool:
    """Returns whether a call type equals the wanted one or is a subtype of it."""
    return call_type == wanted or call_type.startswith(f"{wanted}.")
