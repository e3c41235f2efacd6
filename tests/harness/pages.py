"""The pages served without Airflow: a user with chosen permissions, and runs as Airflow would list them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.web.access import Access, Level, current_access
from livestorm_salesforce.web.airflow_data import DAG_IDS, AirflowData, Approval, DagRunState, Schedule, TaskState
from livestorm_salesforce.web.app import app
from livestorm_salesforce.web.visit import airflow_data
from service_sandbox.serving.server import Server

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class FakeUser(Access):
    """A user with these levels, for the DAGs of this project only."""

    user: Any = "ada"
    levels: tuple[Level, ...] = tuple(Level)

    @property
    def user_name(self) -> str:
        return str(self.user)

    def may(self, level: Level, dag_id: str = SYNC_DAG_ID) -> bool:
        return level in self.levels and dag_id in DAG_IDS


@dataclass
class FakeAirflow(AirflowData):
    """Runs, tasks, schedule and approvals given by a test; triggered and cleared runs are recorded."""

    stored: list[DagRunState] = field(default_factory=list)
    task_states: dict[str, list[TaskState]] = field(default_factory=dict)
    plan: Schedule = field(
        default_factory=lambda: Schedule(
            is_known=True, is_paused=False, next_at=NOW + timedelta(minutes=30), interval=timedelta(hours=1)
        )
    )
    questions: list[Approval] = field(default_factory=list)
    triggered: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    known: tuple[str, ...] = DAG_IDS
    cleared: list[tuple[str, str]] = field(default_factory=list)

    def now(self) -> datetime:
        return NOW

    def add(self, run_id: str, state: str = "success", *, dag_id: str = SYNC_DAG_ID, **values: Any) -> DagRunState:
        """Add a run that began an hour before NOW and took a minute, unless `values` say otherwise."""
        start = NOW - timedelta(hours=1)
        given: dict[str, Any] = {
            "run_type": "manual", "queued_at": start, "started_at": start, "ended_at": start + timedelta(minutes=1),
            "user": "ada", "conf": {},
        }  # fmt: skip
        run = DagRunState(dag_id=dag_id, run_id=run_id, state=state, **(given | values))
        self.stored.insert(0, run)
        return run

    def runs(
        self, dag_ids: Any = DAG_IDS, *, limit: int = 50, offset: int = 0, without_type: str = ""
    ) -> list[DagRunState]:
        found = [run for run in self.stored if run.dag_id in dag_ids and run.run_type != without_type]
        return found[offset : offset + limit]

    def run(self, dag_id: str, run_id: str) -> DagRunState | None:
        return next((run for run in self.stored if (run.dag_id, run.run_id) == (dag_id, run_id)), None)

    def count_runs(self, dag_ids: Any = DAG_IDS) -> int:
        return len(self.runs(dag_ids, limit=10**9))

    def tasks(self, dag_id: str, run_id: str) -> list[TaskState]:
        return self.task_states.get(run_id, [])

    def schedule(self) -> Schedule:
        return self.plan

    def is_known(self, dag_id: str) -> bool:
        return dag_id in self.known

    def approvals(self) -> list[Approval]:
        return self.questions

    def trigger(self, dag_id: str, conf: dict[str, Any], user: str) -> str:
        self.triggered.append((dag_id, conf, user))
        return f"triggered-{len(self.triggered)}"

    def clear_failed(self, dag_id: str, run_id: str) -> int:
        self.cleared.append((dag_id, run_id))
        return 1


def page_text(path: str) -> str:
    """The text of a page for a user with all levels, while Airflow knows of no run."""
    with served_pages(FakeAirflow()) as address:
        return requests.get(f"{address}{path}", timeout=60).text


@contextmanager
def served_pages(airflow: AirflowData, user: Access | None = None) -> Iterator[str]:
    """The address of the pages, served over HTTP with this Airflow and this user (by default one with all levels)."""
    app.dependency_overrides = {current_access: lambda: user or FakeUser(), airflow_data: lambda: airflow}
    server = Server(app)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
        app.dependency_overrides = {}
