"""Log of every call that the sandbox received. Tests and benchmarks count the cost of a client with it."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from service_sandbox.control.call_types import CallTypes, matches

PERSONAL = re.compile(r"[^/]*(?:@|%40)[^/]*")


@dataclass(frozen=True)
class Call:
    """One received call.

    Attributes:
        time: when the call arrived, seconds since 1970 by the sandbox's clock.
        service: `livestorm` or `salesforce`.
        path: without query string; a segment that contains an e-mail address is replaced by `{address}`.
        call_type: short name of the operation, for example `sessions.list`, `query` or `collections.create`.
        status: HTTP status that the client received; 0 if the connection was closed before.
        cost: number of calls counted against the service's quota.
        records: records requested, written or returned, as the endpoint counts them; 0 if it does not.
        seconds: duration of the call in real time.
        fault: names of the faults applied to the call, separated by commas; None without a fault.
        ignored: query parameters that the service ignores without an error.
    """

    time: float
    service: str
    method: str
    path: str
    call_type: str
    status: int
    cost: int = 1
    records: int = 0
    seconds: float = 0.0
    fault: str | None = None
    ignored: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Returns the call as plain data."""
        return asdict(self)


def without_personal_data(path: str) -> str:
    """Returns the path with every segment masked that may contain an e-mail address."""
    return PERSONAL.sub("{address}", path)


class CallLog:
    """Calls since the start or the last `reset`, oldest first. Thread-safe."""

    def __init__(self) -> None:
        self.call_types = CallTypes()
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def record(self, *, path: str, **fields: Any) -> Call:
        """Appends a call; `fields` are those of `Call`."""
        call = Call(path=without_personal_data(path), **fields)
        with self._lock:
            self._calls.append(call)
        return call

    def list(
        self,
        *,
        service: str | None = None,
        call_type: str | None = None,
        method: str | None = None,
        where: Callable[[Call], bool] | None = None,
    ) -> list[Call]:
        """Returns the calls that match all filters; `call_type` "query" includes subtypes such as "query.more".

        Raises:
            ValueError: the service has no such call type.
        """
        self.call_types.check(service, call_type)
        with self._lock:
            calls = list(self._calls)
        return [
            call
            for call in calls
            if (service is None or call.service == service)
            and (call_type is None or matches(call.call_type, call_type))
            and (method is None or call.method == method.upper())
            and (where is None or where(call))
        ]

    def count(self, **filters: Any) -> int:
        """Returns the number of calls that match the filters of `list`."""
        return len(self.list(**filters))

    def cost(self, **filters: Any) -> int:
        """Returns the quota used by the calls that match the filters of `list`."""
        return sum(call.cost for call in self.list(**filters))

    def tally(self, **filters: Any) -> dict[str, dict[str, int]]:
        """Returns the number of calls per service and call type."""
        counted: dict[str, Counter[str]] = {}
        for call in self.list(**filters):
            counted.setdefault(call.service, Counter())[call.call_type] += 1
        return {service: dict(counts) for service, counts in counted.items()}

    def reset(self) -> None:
        """Removes all calls."""
        with self._lock:
            self._calls.clear()
