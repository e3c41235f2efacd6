"""Random faults of one run: errors of the services, and kills of the process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from unittest.mock import patch

from airflow.sdk import ObjectStoragePath

from livestorm_salesforce.clients.http import GuardedSession
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.storage import Folder
from service_sandbox import Sandbox
from tests.harness.attempts import Killed, process

COMMON_FAULTS = ("reset", "cut_before", "cut_after", "truncated", "html", "html_after", "error", "not_json")
HOURS = 3600.0
LISTS = "/(events|sessions|people)$"
ERRORS = (500, 502, 503)
SERVICE_FAULTS = {
    "livestorm": ("short_page", "busy", "quota_used_up"),
    "salesforce": ("cut_late", "expired_token", "daily_limit", "locks", "busy"),
}


FAULT_NAMES = {
    "kill",
    "locked_records",
    "busy_livestorm",
    "busy_salesforce",
    *COMMON_FAULTS,
    *SERVICE_FAULTS["livestorm"],
    *SERVICE_FAULTS["salesforce"],
}
FAULT_NAMES -= {"busy", "locks"}
"""Names of faults in the counts."""


@dataclass
class FaultSchedule:
    """The faults of one run.

    Attributes:
        faults: (name, service, fields) for the sandbox.
        kills: number of the HTTP call, and whether it is sent before the kill.
        last: a killed task is not retried.
        killed: number of kills so far.
    """

    faults: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    kills: dict[int, bool] = field(default_factory=dict)
    last: bool = False
    killed: int = 0

    def __str__(self) -> str:
        parts = [f"{service} {name} {fields}" for name, service, fields in self.faults]
        parts += [f"killed {'after' if sent else 'before'} call {number}" for number, sent in self.kills.items()]
        return "; ".join(parts) or "no faults"


def draw_schedule(rng: Random, late: Sequence[float] = (10,)) -> FaultSchedule:
    """A random schedule.

    Args:
        late: after how many seconds a request without response may be executed.
    """
    made = FaultSchedule()
    for _ in range(rng.choice([0, 1, 1, 2, 3, 4])):
        made.faults.append(_fault(rng, late))
    for _ in range(rng.choice([0, 0, 1, 2])):
        made.kills[rng.randint(1, rng.choice([30, 60]))] = rng.random() < 0.5
    made.last = rng.random() < 0.25
    return made


def _fault(rng: Random, late: Sequence[float]) -> tuple[str, str, dict[str, Any]]:
    service = rng.choice(["livestorm", "salesforce", "salesforce"])
    nth = tuple(sorted({rng.randint(1, 18) for _ in range(rng.choice([1, 1, 2, 4]))}))
    name = rng.choice([*COMMON_FAULTS, *SERVICE_FAULTS[service]])
    if name == "cut_late":
        return name, service, {"nth": nth, "seconds": rng.choice(late)}
    if name == "short_page":
        return name, service, {"nth": nth, "method": "GET", "path": LISTS}
    if name == "busy":
        return "error", service, {"nth": nth, "status": 429}
    if name == "error":
        return name, service, {"nth": nth, "status": rng.choice(ERRORS)}
    if name == "locks":
        return "locked_records", service, {"nth": nth, "records": rng.randint(1, 12)}
    if name == "not_json":
        return name, service, {"nth": nth, "status": rng.choice([200, 500])}
    return name, service, {"nth": nth}


@contextmanager
def inject(sandbox: Sandbox, schedule: FaultSchedule) -> Iterator[None]:
    """Apply the faults and kills of a schedule; afterwards both services work without faults."""
    for name, service, fields in schedule.faults:
        sandbox.faults.add(name, service=service, **fields)
    with ExitStack() as patches:
        patches.enter_context(patch.object(GuardedSession, "request", _killing_request(schedule)))
        for owner, name in STORE_WRITES:
            patches.enter_context(patch.object(owner, name, _unless_killed(getattr(owner, name))))
        yield
    sandbox.faults.clear()
    sandbox.org.clear_rejections()
    sandbox.delayed_calls.run_due(HOURS)
    sandbox.livestorm.quota.set_remaining(sandbox.livestorm.settings.monthly_limit)
    limits = sandbox.salesforce_api.limits
    limits.set_remaining(limits.maximum)


STORE_WRITES = (
    *((Folder, name) for name in ("_replace", "drop", "remove")),
    (ObjectStoragePath, "unlink"),
    (Database, "transaction"),
)
"""Methods that change the store or the state database."""


def _unless_killed(do: Callable[..., Any]) -> Callable[..., Any]:
    def only_alive(*words: Any, **options: Any) -> Any:
        process.check()
        return do(*words, **options)

    return only_alive


def _killing_request(schedule: FaultSchedule) -> Callable[..., Any]:
    """The session's `request` with the kills of a schedule."""
    plain, numbers = GuardedSession.request, count(1)

    def kill() -> None:
        schedule.killed += 1
        process.is_killed, process.is_last = True, schedule.last
        raise Killed

    def request(session: GuardedSession, *words: Any, **options: Any) -> Any:
        process.check()
        sent = schedule.kills.get(next(numbers))
        if sent is False:
            kill()
        try:
            response = plain(session, *words, **options)
        finally:  # with or without response
            process.check()
            if sent:
                kill()
        return response

    return request


def count_applied(sandbox: Sandbox, schedule: FaultSchedule) -> Counter[str]:
    """Number of applications of each fault, by `FAULT_NAMES`. Called while the faults are active."""
    applied: Counter[str] = Counter({"kill": schedule.killed})
    for fault in sandbox.faults.list():
        name = f"busy_{fault.service}" if fault.params.get("status") == 429 else fault.name
        applied[name] += fault.applied
    return applied
