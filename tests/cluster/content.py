"""The content of both services for the cluster test, of any size; equal for every sandbox of the same start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from service_sandbox import Sandbox
from service_sandbox.livestorm.forms import form

TITLES = ("Analyst", "Engineer", "Head of Sales", None)


@dataclass(frozen=True)
class Size:
    """How much there is to load.

    Attributes:
        sessions: number of sessions, one per event.
        registrants: per session; a tenth of them is also registered for the next session.
        batch: registrants per `extract` task and twice as many members per `load_members` task.
    """

    sessions: int = 12
    registrants: int = 50
    batch: int = 150

    @classmethod
    def of_environment(cls) -> Self:
        """`CLUSTER_SIZE=full` is the size of `make cluster`: 200 sessions and 20,000 registrants."""
        return cls(200, 100, 2500) if os.environ.get("CLUSTER_SIZE") == "full" else cls()

    @property
    def total(self) -> int:
        """Number of registrations."""
        return self.sessions * self.registrants


def populate(sandbox: Sandbox, size: Size, now: datetime) -> None:
    """Add events, sessions, registrants, and people whom the org knows already."""
    step = size.registrants - size.registrants // 10
    known = range(0, step * size.sessions, 7)
    leads = [_person(number) | {"Company": "Known Inc."} for number in known if number % 2]
    sandbox.org.insert("Lead", leads)
    sandbox.org.insert("Contact", [_person(number) for number in known if number % 2 == 0])
    workspace = sandbox.livestorm
    with workspace.store.transaction():
        for session in range(size.sessions):
            fields = form("email", "first_name", "last_name", "company", "job_title")
            event = workspace.add_event(f"Webinar {session:03}", at=now - timedelta(days=30), fields=fields)
            start = now + timedelta(days=1 + session % 20)
            session_id = workspace.add_session(event, start, at=now - timedelta(days=30))
            for number in range(session * step, session * step + size.registrants):
                answers = {"company": f"Company {number % 97}", "job_title": TITLES[(number + session) % len(TITLES)]}
                at = now - timedelta(days=1, seconds=-number - session * 60)
                workspace.register(
                    session_id, _address(number), f"First{number}", f"Last{number}", at=at, fields=answers
                )


def _person(number: int) -> dict[str, str]:
    return {"LastName": f"Last{number}", "Email": _address(number).upper(), "Title": "Known"}


def _address(number: int) -> str:
    return f"person{number}@company{number % 97}.example"
