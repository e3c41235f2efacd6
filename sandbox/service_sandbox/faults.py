"""Faults on request: which calls they strike, and what they do to them.

A fault strikes by the number of the call, by a share of the calls (seeded, so that a run can be repeated) or always,
among the calls of a service, method, path or kind. `middleware.py` carries them out.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from service_sandbox.call_types import Kinds

WIRE = {
    "slow": "answer after `seconds`",
    "reset": "reset the connection; the service never sees the call",
    "cut_before": "close the connection without an answer; the service never sees the call",
    "cut_after": "carry the call out, then close the connection without an answer",
    "cut_late": "close the connection without an answer, and carry the call out `seconds` (1) later",
    "truncated": "carry the call out, send the head and half of the body, then close the connection",
    "html": "an HTML page with `status` (502) from a proxy; the service never sees the call",
    "html_after": "carry the call out, then answer with an HTML page with `status` (502)",
    "not_json": "an answer with `status` (401) that is not JSON; the service never sees the call",
    "error": "`status` (500) in the service's own error shape; the service never sees the call",
    "short_page": "a page with only `rows` (1) rows that is not the last one",
}
"""What any service can suffer. Others change its state: see `Faults.actions`."""


@dataclass
class Fault:
    """One fault.

    Attributes:
        name: a key of `WIRE`, or of the service's actions (`row_inserted`, `session_deleted`, `expired_token`...).
        service: `livestorm` or `salesforce`; None for both.
        method, kind, path: only calls with this method, of this kind (`query` also takes in `query.more`), with this
            regular expression somewhere in the path.
        nth: only these calls among those that match, counted from 1: a number or several.
        share: only this share of them (0 to 1), drawn with `seed`.
        times: strike so often at most. `nth` and `share` without it strike whenever they hold.
        params: numbers for the fault: `seconds`, `status`, `rows`, or what an action takes.
    """

    name: str
    service: str | None = None
    method: str | None = None
    kind: str | None = None
    path: str | None = None
    nth: int | tuple[int, ...] | None = None
    share: float | None = None
    times: int | None = None
    seed: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    seen: int = field(default=0, init=False)
    struck: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.nth is not None:
            self.nth = (self.nth,) if isinstance(self.nth, int) else tuple(self.nth)
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError(f"share {self.share} is not between 0 and 1")
        if self.path is not None:
            re.compile(self.path)
        self._random = random.Random(self.seed)  # noqa: S311 - a repeatable draw, no secret

    def strikes(self, service: str, method: str, path: str, kind: str) -> bool:
        """Whether this call is struck; counts it if it is one that the fault looks at."""
        if not self._concerns(service, method, path, kind):
            return False
        self.seen += 1
        chosen = (self.nth is None or self.seen in self.nth) and (
            self.share is None or self._random.random() < self.share
        )
        if not chosen or (self.times is not None and self.struck >= self.times):
            return False
        self.struck += 1
        return True

    def _concerns(self, service: str, method: str, path: str, kind: str) -> bool:
        return (
            self.service in (None, service)
            and (self.method is None or self.method.upper() == method)
            and (self.kind is None or kind == self.kind or kind.startswith(f"{self.kind}."))
            and (self.path is None or re.search(self.path, path) is not None)
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain data, with how many calls it saw and struck."""
        return asdict(self)


Action = Callable[..., None]


class Faults:
    """The faults in force. Safe for several threads."""

    def __init__(self) -> None:
        self.kinds = Kinds()
        self._faults: list[Fault] = []
        self._actions: dict[tuple[str, str], Action] = {}
        self._paths: dict[str, str] = {}
        self._lock = threading.Lock()

    def action(self, service: str, name: str, act: Action, *, path: str | None = None) -> None:
        """Teach a fault that changes the service's state: `act(path, **params)` runs before the call is handled.

        Args:
            path: the calls that it can strike, where the fault itself names no path.
        """
        self._actions[service, name] = act
        if path:
            self._paths[name] = path

    def names(self, service: str | None = None) -> list[str]:
        """All faults there are for a service."""
        return sorted(WIRE) + sorted({name for home, name in self._actions if service in (None, home)})

    def add(self, name: str, **fields: Any) -> Fault:
        """Put a fault in force. Words that are not fields of `Fault` become its `params`.

        Raises:
            ValueError: there is no such fault or kind of call for the service, or a value makes no sense.
        """
        known = Fault.__dataclass_fields__.keys() - {"name", "params", "seen", "struck"}
        params = {**fields.pop("params", {}), **{key: fields.pop(key) for key in fields.keys() - known}}
        homes = [home for home, known_name in self._actions if known_name == name]
        if homes:
            fields = {"service": homes[0], **fields, "path": fields.get("path") or self._paths.get(name)}
        fault = Fault(name, **fields, params=params)
        self.kinds.check(fault.service, fault.kind)
        if name not in self.names(fault.service):
            raise ValueError(f"no fault {name!r}; there are {', '.join(self.names(fault.service))}")
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take one fault out of force."""
        with self._lock:
            self._faults = [one for one in self._faults if one is not fault]

    def clear(self) -> None:
        """Take all faults out of force."""
        with self._lock:
            self._faults.clear()

    def list(self) -> list[Fault]:
        """The faults in force."""
        with self._lock:
            return list(self._faults)

    def strike(self, service: str, method: str, path: str, kind: str) -> list[Fault]:
        """The faults that this call meets; those that change state have acted when this returns."""
        with self._lock:
            struck = [fault for fault in self._faults if fault.strikes(service, method, path, kind)]
        for fault in struck:
            act = self._actions.get((service, fault.name))
            if act:
                act(path, **fault.params)
        return struck
