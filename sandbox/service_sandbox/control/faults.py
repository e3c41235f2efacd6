"""Faults: which calls they apply to, and their effect.

A fault applies to the n-th matching calls, to a share of them (drawn with a seed, so that a run can be repeated) or to
all of them. `serving.middleware` executes transport faults; services register faults that change their state.
"""

from __future__ import annotations

import builtins
import random
import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from service_sandbox.control.call_types import CallTypes, matches


class TransportFault(StrEnum):
    """Faults that every service supports. The README describes them for users."""

    SLOW = "slow"
    RESET = "reset"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    CUT_LATE = "cut_late"
    TRUNCATED = "truncated"
    HTML = "html"
    HTML_AFTER = "html_after"
    NOT_JSON = "not_json"
    ERROR = "error"
    SHORT_PAGE = "short_page"


@dataclass
class Fault:
    """One fault.

    Attributes:
        name: a `TransportFault`, or a fault registered by a service (`row_inserted`, `expired_token`, ...).
        service: `livestorm` or `salesforce`; None for both.
        method, call_type, path: only calls with this method, of this call type (`query` includes `query.more`), and
            with a path that contains a match of this regular expression.
        nth: only these of the matching calls, counted from 1: one number or several.
        share: only this share of the matching calls (0 to 1), drawn with `seed`.
        times: maximum number of applications.
        params: parameters of the fault: `seconds`, `status`, `rows`, or those of a registered fault.
        matched: number of matching calls so far.
        applied: number of calls that the fault was applied to.
    """

    name: str
    service: str | None = None
    method: str | None = None
    call_type: str | None = None
    path: str | None = None
    nth: int | tuple[int, ...] | None = None
    share: float | None = None
    times: int | None = None
    seed: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    matched: int = field(default=0, init=False)
    applied: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.nth is not None:
            self.nth = (self.nth,) if isinstance(self.nth, int) else tuple(self.nth)
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError(f"share {self.share} is not between 0 and 1")
        if self.path is not None:
            re.compile(self.path)
        self._random = random.Random(self.seed)  # noqa: S311 - a repeatable draw, no secret

    def applies(self, service: str, method: str, path: str, call_type: str) -> bool:
        """Returns whether the fault applies to this call, and updates both counters."""
        if not self._matches(service, method, path, call_type):
            return False
        self.matched += 1
        chosen = self._is_nth() and (self.share is None or self._random.random() < self.share)
        if not chosen or (self.times is not None and self.applied >= self.times):
            return False
        self.applied += 1
        return True

    def _is_nth(self) -> bool:
        return not isinstance(self.nth, tuple) or self.matched in self.nth

    def _matches(self, service: str, method: str, path: str, call_type: str) -> bool:
        return (
            self.service in (None, service)
            and (self.method is None or self.method.upper() == method)
            and (self.call_type is None or matches(call_type, self.call_type))
            and (self.path is None or re.search(self.path, path) is not None)
        )

    def as_dict(self) -> dict[str, Any]:
        """Returns the fault as plain data, with its counters."""
        return asdict(self)


StateChange = Callable[..., None]
"""Called as `change(path, **params)` before the call is handled."""


class Faults:
    """The active faults. Thread-safe."""

    def __init__(self) -> None:
        self.call_types = CallTypes()
        self._faults: list[Fault] = []
        self._changes: dict[tuple[str, str], StateChange] = {}
        self._paths: dict[str, str] = {}
        self._lock = threading.Lock()

    def register(self, service: str, name: str, change: StateChange, *, path: str | None = None) -> None:
        """Registers a fault that changes the state of a service.

        Args:
            path: default of `Fault.path` for this fault.
        """
        self._changes[service, name] = change
        if path:
            self._paths[name] = path

    def names(self, service: str | None = None) -> builtins.list[str]:
        """Returns the names of all faults of a service."""
        return sorted(TransportFault) + sorted({name for owner, name in self._changes if service in (None, owner)})

    def add(self, name: str, **fields: Any) -> Fault:
        """Activates a fault. Arguments that are not fields of `Fault` become its `params`.

        Raises:
            ValueError: the service has no such fault or call type, or a value is invalid.
        """
        known = Fault.__dataclass_fields__.keys() - {"name", "params", "matched", "applied"}
        params = {**fields.pop("params", {}), **{key: fields.pop(key) for key in fields.keys() - known}}
        owners = [owner for owner, registered in self._changes if registered == name]
        if owners:
            fields = {"service": owners[0], **fields, "path": fields.get("path") or self._paths.get(name)}
        fault = Fault(name, **fields, params=params)
        self.call_types.check(fault.service, fault.call_type)
        if name not in self.names(fault.service):
            raise ValueError(f"unknown fault {name!r}; known are {', '.join(self.names(fault.service))}")
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Deactivates one fault."""
        with self._lock:
            self._faults = [one for one in self._faults if one is not fault]

    def clear(self) -> None:
        """Deactivates all faults."""
        with self._lock:
            self._faults.clear()

    def list(self) -> builtins.list[Fault]:
        """Returns the active faults."""
        with self._lock:
            return [*self._faults]

    def apply(self, service: str, method: str, path: str, call_type: str) -> builtins.list[Fault]:
        """Returns the faults that apply to this call, after those that change state have done so."""
        with self._lock:
            applied = [fault for fault in self._faults if fault.applies(service, method, path, call_type)]
        for fault in applied:
            change = self._changes.get((service, fault.name))
            if change:
                change(path, **fault.params)
        return applied
