"""Faults of one run, drawn at random: what the services suffer, and when the process dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest.mock import patch

from include.livestorm_salesforce.clients.http import GuardedSession
from include.sandbox import Sandbox

EITHER = ("reset", "cut_before", "cut_after", "truncated", "html", "html_after", "error", "not_json")
ERRORS = (500, 502, 503)
OWN = {
    "livestorm": ("short_page", "busy", "quota_used_up"),
    "salesforce": ("expired_token", "daily_limit", "locks", "busy"),
}


class Killed(BaseException):
    """The process is gone in the middle of a call: nothing of ours may catch this."""


@dataclass
class Weather:
    """`faults`: (name, service, fields) for the sandbox. `kills`: number of the HTTP call, and whether it was sent."""

    faults: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    kills: dict[int, bool] = field(default_factory=dict)

    def __str__(self) -> str:
        told = [f"{service} {name} {fields}" for name, service, fields in self.faults]
        told += [f"killed {'after' if sent else 'before'} call {number}" for number, sent in self.kills.items()]
        return "; ".join(told) or "calm"


def weather(rng: Random) -> Weather:
    made = Weather()
    for _ in range(rng.choice([0, 1, 1, 2, 3, 4])):
        made.faults.append(_fault(rng))
    for _ in range(rng.choice([0, 0, 1, 2])):
        made.kills[rng.randint(1, 30)] = rng.random() < 0.5
    return made


def _fault(rng: Random) -> tuple[str, str, dict[str, Any]]:
    service = rng.choice(["livestorm", "salesforce", "salesforce"])
    nth = tuple(sorted({rng.randint(1, 18) for _ in range(rng.choice([1, 1, 2, 4]))}))
    name = rng.choice([*EITHER, *OWN[service]])
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
    plain, count = GuardedSession.request, 0

    def request(session: GuardedSession, *words: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        sent = now.kills.get(count)
        if sent is False:
            raise Killed
        answer = plain(session, *words, **options)
        if sent:
            raise Killed
        return answer

    with patch.object(GuardedSession, "request", request):
        yield
    sandbox.faults.clear()
    sandbox.livestorm.quota.leave(sandbox.livestorm.settings.monthly_limit)
    limits = sandbox.world.service.limits
    limits.leave(limits.maximum)
