"""Faults of one run, drawn at random: what the services suffer, and when the process dies."""

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
from livestorm_salesforce.storage import Folder
from service_sandbox import Sandbox

EITHER = ("reset", "cut_before", "cut_after", "truncated", "html", "html_after", "error", "not_json")
HOURS = 3600.0
LISTS = "/(events|sessions|people)$"
ERRORS = (500, 502, 503)
OWN = {
    "livestorm": ("short_page", "busy", "quota_used_up"),
    "salesforce": ("cut_late", "expired_token", "daily_limit", "locks", "busy"),
}


STRIKES = {
    "kill",
    "locked_records",
    "busy_livestorm",
    "busy_salesforce",
    *EITHER,
    *OWN["livestorm"],
    *OWN["salesforce"],
}
STRIKES -= {"busy", "locks"}
"""Every name under which a blow can stand in the tally."""


class Killed(BaseException):
    """The process is gone in the middle of a call: nothing of ours may catch this."""


@dataclass
class Process:
    """Of the try that is under way: `dead` once it was killed, `last` if nobody starts another one."""

    dead: bool = False
    last: bool = False

    def check(self) -> None:
        """Raise `Killed` where a dead process would do something."""
        if self.dead:
            raise Killed


process = Process()


@contextmanager
def one_try() -> Iterator[None]:
    """A process that lives until its try ends. It ends with `Killed` if the process died, whatever else was raised."""
    process.dead = process.last = False
    try:
        yield
    finally:
        if process.dead:
            process.dead = False
            raise Killed


@dataclass
class Weather:
    """What one run meets.

    Attributes:
        faults: (name, service, fields) for the sandbox.
        kills: number of the HTTP call, and whether it was sent.
        last: the task that is killed gets no further try.
        killed: how many kills were carried out.
    """

    faults: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    kills: dict[int, bool] = field(default_factory=dict)
    last: bool = False
    killed: int = 0

    def __str__(self) -> str:
        told = [f"{service} {name} {fields}" for name, service, fields in self.faults]
        told += [f"killed {'after' if sent else 'before'} call {number}" for number, sent in self.kills.items()]
        return "; ".join(told) or "calm"


def weather(rng: Random, late: Sequence[float] = (10,)) -> Weather:
    """A draw. `late`: after how many seconds a request without an answer may be carried out."""
    made = Weather()
    for _ in range(rng.choice([0, 1, 1, 2, 3, 4])):
        made.faults.append(_fault(rng, late))
    for _ in range(rng.choice([0, 0, 1, 2])):
        made.kills[rng.randint(1, rng.choice([30, 60]))] = rng.random() < 0.5
    made.last = rng.random() < 0.25
    return made


def _fault(rng: Random, late: Sequence[float]) -> tuple[str, str, dict[str, Any]]:
    service = rng.choice(["livestorm", "salesforce", "salesforce"])
    nth = tuple(sorted({rng.randint(1, 18) for _ in range(rng.choice([1, 1, 2, 4]))}))
    name = rng.choice([*EITHER, *OWN[service]])
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
def blowing(sandbox: Sandbox, now: Weather) -> Iterator[None]:
    """Faults in force and deaths due, until the run is over; then both services are well again."""
    for name, service, fields in now.faults:
        sandbox.faults.add(name, service=service, **fields)
    with ExitStack() as patches:
        patches.enter_context(patch.object(GuardedSession, "request", _mortal(now)))
        for owner, name in WRITING:
            patches.enter_context(patch.object(owner, name, _by_the_living(getattr(owner, name))))
        yield
    sandbox.faults.clear()
    sandbox.org.clear_rejections()
    sandbox.delayed_calls.run_due(HOURS)
    sandbox.livestorm.quota.set_remaining(sandbox.livestorm.settings.monthly_limit)
    limits = sandbox.salesforce_api.limits
    limits.set_remaining(limits.maximum)


WRITING = (*((Folder, name) for name in ("_replace", "drop", "remove")), (ObjectStoragePath, "unlink"))
"""What changes the store."""


def _by_the_living(do: Callable[..., Any]) -> Callable[..., Any]:
    def only_alive(*words: Any, **options: Any) -> Any:
        process.check()
        return do(*words, **options)

    return only_alive


def _mortal(now: Weather) -> Callable[..., Any]:
    """The session's `request`, in which the process dies when its call is due."""
    plain, numbers = GuardedSession.request, count(1)

    def die() -> None:
        now.killed += 1
        process.dead, process.last = True, now.last
        raise Killed

    def request(session: GuardedSession, *words: Any, **options: Any) -> Any:
        process.check()
        sent = now.kills.get(next(numbers))
        if sent is False:
            die()
        try:
            answer = plain(session, *words, **options)
        finally:  # whether an answer came or not
            process.check()
            if sent:
                die()
        return answer

    return request


def tally(sandbox: Sandbox, now: Weather) -> Counter[str]:
    """How often each blow struck, under the names of `STRIKES`; of the weather that still blows."""
    struck: Counter[str] = Counter({"kill": now.killed})
    for fault in sandbox.faults.list():
        name = f"busy_{fault.service}" if fault.params.get("status") == 429 else fault.name
        struck[name] += fault.applied
    return struck
