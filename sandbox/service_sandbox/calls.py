"""Every call that the sandbox was sent, so that tests and benchmarks can count what a client costs."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from service_sandbox.call_types import Kinds

PERSONAL = re.compile(r"[^/]*(?:@|%40)[^/]*")


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        time: seconds since 1970 by the sandbox's clock, when the call came in.
        service: `livestorm` or `salesforce`.
        path: without query string; a segment that holds an address is replaced by `{address}`.
        kind: what was asked, in a word or two: `sessions.list`, `query`, `collections.create`...
        status: HTTP status that the client got; 0 when the connection was cut before it could get one.
        cost: how many calls of the service's quota it took.
        records: records asked for, written or returned, as the endpoint counts them; 0 if it does not.
        seconds: how long the answer took, in real time.
        fault: the fault applied to it, if any.
        ignored: query parameters that the service overlooks in silence.
    """

    time: float
    service: str
    method: str
    path: str
    kind: str
    status: int
    cost: int = 1
    records: int = 0
    seconds: float = 0.0
    fault: str | None = None
    ignored: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def without_personal_data(path: str) -> str:
    """A path with every segment that could be an e-mail address masked."""
    return PERSONAL.sub("{address}", path)


class CallLog:
    """The calls since the start or the last `reset`, oldest first. Safe for several threads."""

    def __init__(self) -> None:
        self.kinds = Kinds()
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def record(self, *, path: str, **fields: Any) -> Call:
        """Add a call; the fields are those of `Call`."""
        call = Call(path=without_personal_data(path), **fields)
        with self._lock:
            self._calls.append(call)
        return call

    def list(
        self,
        *,
        service: str | None = None,
        kind: str | None = None,
        method: str | None = None,
        where: Callable[[Call], bool] | None = None,
    ) -> list[Call]:
        """The calls that pass the filters; `kind` "query" also takes in "query.more" and the like.

        Raises:
            ValueError: no call is of that kind.
        """
        self.kinds.check(service, kind)
        with self._lock:
            calls = list(self._calls)
        return [
            call
            for call in calls
            if (service is None or call.service == service)
            and (kind is None or call.kind == kind or call.kind.startswith(f"{kind}."))
            and (method is None or call.method == method.upper())
            and (where is None or where(call))
        ]

    def count(self, **filters: Any) -> int:
        """How many calls pass the filters of `list`."""
        return len(self.list(**filters))

    def cost(self, **filters: Any) -> int:
        """What they took of the quota."""
        return sum(call.cost for call in self.list(**filters))

    def tally(self) -> dict[str, dict[str, int]]:
        """Calls per service and kind."""
        counted: dict[str, Counter[str]] = {}
        for call in self.list():
            counted.setdefault(call.service, Counter())[call.kind] += 1
        return {service: dict(kinds) for service, kinds in counted.items()}

    def reset(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()
