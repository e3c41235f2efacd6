"""A sandbox with test data, and runs of the product against it in this process, without a scheduler."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.address import address
from benchmarks.tasks import all_tasks
from livestorm_salesforce.clients.livestorm import LivestormClient, rate_limit
from livestorm_salesforce.clients.livestorm.resources import Page, parse_resource
from service_sandbox import Sandbox
from service_sandbox.control.calls import Call
from service_sandbox.livestorm import render
from service_sandbox.livestorm.forms import form

DAY = 86_400
FORM = ("email", "first_name", "last_name", "company", "job_title")
COMPANIES = ("Acme", "Globex", "Initech", "Umbrella", "Hooli", "Stark Industries", "Wayne Enterprises")


class Stage:
    """A sandbox and the environment of the product.

    Args:
        home: folder of the run store and the sandbox's databases.
        seed: content of the sandbox.
        settings: settings of the sandbox's workspace.
        environment: more environment variables for the product.
    """

    def __init__(
        self,
        home: Path,
        *,
        seed: Any = "empty",
        settings: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.sandbox = Sandbox(seed, home / "sandbox", settings={"interval_limit": 0, **(settings or {})})
        self._home, self._environment = home, dict(environment or {})
        self._runs = 0

    @contextmanager
    def open(self) -> Iterator[Stage]:
        """Start the sandbox and set the product's environment, with temporary files below `home`.

        The product stores its access token in a temporary file. A token of an earlier sandbox would cost a call.
        """
        with self.sandbox, self._own_temporary_folder() as folder:
            fresh = {
                **self.sandbox.connections,
                "TMPDIR": str(folder),
                "AIRFLOW_HOME": str(self._home / "airflow"),
                "LIVESTORM_SALESFORCE_STORE": (self._home / "store").as_uri(),
                **self._environment,
            }
            before = {name: os.environ.get(name) for name in fresh}
            os.environ.update(fresh)
            try:
                yield self
            finally:
                for name, value in before.items():
                    os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)

    @contextmanager
    def _own_temporary_folder(self) -> Iterator[Path]:
        folder, kept = self._home / "tmp", tempfile.tempdir
        folder.mkdir(exist_ok=True)
        tempfile.tempdir = str(folder)
        try:
            yield folder
        finally:
            tempfile.tempdir = kept

    # --- filling ----------------------------------------------------------------------------------------------------

    def session(self, registrants: int, *, days_ahead: float = 3, first: int = 0, title: str = "Product tour") -> str:
        """Add an event with one upcoming session and return the session's id."""
        workspace, now = self.sandbox.livestorm, self.sandbox.clock.timestamp()
        with workspace.store.transaction():
            event = workspace.add_event(title, at=now - 30 * DAY, fields=form(*FORM))
            session = workspace.add_session(event, now + days_ahead * DAY, at=now - 30 * DAY)
            for number in range(first, first + registrants):
                self.register(session, number, at=now - DAY - number % 50_000)
        return session

    def register(self, session: str, number: int, at: float | None = None) -> str:
        """Register the person with this number and return the id of the registration."""
        return self.sandbox.livestorm.register(
            session, address(number), f"Ada{number % 97}", f"Lovelace{number}", at=at,
            fields={"company": COMPANIES[number % len(COMPANIES)], "job_title": f"Engineer {number % 40}"},
        )  # fmt: skip

    # --- running ----------------------------------------------------------------------------------------------------

    def run(self, *, manual: bool = False, **params: Any) -> dict[str, Any]:
        """Run all tasks of one run; return the report with the calls that the sandbox counted."""
        self._runs += 1
        self.forget()
        report = all_tasks(f"bench-{self._runs}", params, manual=manual)
        calls = self.sandbox.calls.tally()
        return {**report, "seen": {side: sum(kinds.values()) for side, kinds in calls.items()}, "kinds": calls}

    def forget(self) -> None:
        """Reset the counts of calls and writes."""
        self.sandbox.calls.reset()
        self.sandbox.org.writes.reset()

    def counted(self, service: str, *, polls_beyond_first: bool = False) -> int:
        """Return the calls of the last run; repeated polls of a job depend on timing and are left out."""
        calls = self.sandbox.calls.list(service=service)
        return len(calls) - (0 if polls_beyond_first else further_polls(calls))


POLLS = ("bulk.status", "bulkquery.status")


def further_polls(calls: list[Call]) -> int:
    """Return the number of calls that polled a job or batch again."""
    polled = [call.path for call in calls if call.call_type in POLLS]
    return len(polled) - len(set(polled))


@contextmanager
def no_waiting() -> Iterator[None]:
    """Disable the client's rate limit where time is not measured."""
    kept = rate_limit.LocalRateLimiter.acquire
    rate_limit.LocalRateLimiter.acquire = lambda _: None
    try:
        yield
    finally:
        rate_limit.LocalRateLimiter.acquire = kept


class DirectPages:
    """People of a session like the paged reader returns them, read from the sandbox without HTTP."""

    is_complete = True

    def __init__(self, stage: Stage, session: str, since: int | None) -> None:
        self._stage, self._session, self._since = stage, session, since

    def __iter__(self) -> Iterator[Page]:
        rows = self._stage.sandbox.livestorm.reader.all_registrants(self._session)
        resources = [parse_resource(render.registrant(row), "people") for row in rows]
        since = self._since or 0
        yield Page(0, [one for one in resources if one["attributes"]["updated_at"] >= since])


@contextmanager
def fed_directly(stage: Stage) -> Iterator[None]:
    """Read the people of a session without pages where calls for people are not measured."""
    kept = LivestormClient.people_pages
    LivestormClient.people_pages = lambda _, session, *, updated_since=None: DirectPages(stage, session, updated_since)
    try:
        yield
    finally:
        LivestormClient.people_pages = kept
