"""The runs of this project as Airflow knows them. Only code of the API server may read Airflow's database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from livestorm_salesforce.runs.context import SYNC_DAG_ID

#: All DAGs of this project.
DAG_IDS = (
    SYNC_DAG_ID,
    "livestorm_salesforce_quarantine",
    "livestorm_salesforce_undo",
    "livestorm_salesforce_erase",
    "livestorm_salesforce_setup",
)
ENDED = ("success", "failed")
#: Type of a run that an asset started: the sync has one, webhook deliveries.
BY_WEBHOOK = "asset_triggered"


@dataclass(frozen=True)
class DagRunState:
    """A run as Airflow knows it. `started_at` is null while the run is queued."""

    dag_id: str
    run_id: str
    run_type: str
    state: str
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    user: str | None
    conf: dict[str, Any]

    @property
    def seconds(self) -> float | None:
        """Duration; None before the end."""
        if not self.started_at or not self.ended_at:
            return None
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def is_preview(self) -> bool:
        """Whether a run of the sync writes nothing."""
        return self.conf.get("mode") == "preview"

    @property
    def is_ordinary(self) -> bool:
        """Whether a run of the sync reads all that is due: not only the webhook queue, some sessions or some events."""
        return self.run_type != BY_WEBHOOK and not any(self.conf.get(name) for name in ("session_ids", "event_ids"))


class TaskState(NamedTuple):
    """A task instance; `state` is empty if it was not scheduled yet."""

    task_id: str
    map_index: int
    state: str
    ended_at: datetime | None


class Schedule(NamedTuple):
    """When the sync runs: next run, usual time between two runs, and whether the DAG is paused."""

    is_known: bool
    is_paused: bool
    next_at: datetime | None
    interval: timedelta | None


class Approval(NamedTuple):
    """A question that waits for an answer."""

    dag_id: str
    run_id: str
    task_id: str
    subject: str
    asked_at: datetime


class AirflowData:
    """Reads Airflow's database, and triggers and clears runs."""

    def now(self) -> datetime:
        """The current time."""
        return datetime.now(UTC)

    def runs(
        self, dag_ids: Sequence[str] = DAG_IDS, *, limit: int = 50, offset: int = 0, without_type: str = ""
    ) -> list[DagRunState]:
        """Runs, newest first; those of one type can be left out."""
        from airflow.models.dagrun import DagRun

        query = select(DagRun).where(DagRun.dag_id.in_(dag_ids), DagRun.run_type != without_type)
        query = query.order_by(DagRun.run_after.desc(), DagRun.id.desc())
        with _session() as session:
            return [_run_state(run) for run in session.scalars(query.limit(limit).offset(offset))]

    def run(self, dag_id: str, run_id: str) -> DagRunState | None:
        """One run; None if Airflow has deleted it."""
        from airflow.models.dagrun import DagRun

        with _session() as session:
            run = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
            return _run_state(run) if run else None

    def count_runs(self, dag_ids: Sequence[str] = DAG_IDS) -> int:
        """Number of runs."""
        from airflow.models.dagrun import DagRun

        with _session() as session:
            return session.scalar(select(func.count()).select_from(DagRun).where(DagRun.dag_id.in_(dag_ids))) or 0

    def tasks(self, dag_id: str, run_id: str) -> list[TaskState]:
        """The task instances of a run in the order in which they started."""
        from airflow.models.taskinstance import TaskInstance as Task

        query = select(Task.task_id, Task.map_index, Task.state, Task.end_date)
        query = query.where(Task.dag_id == dag_id, Task.run_id == run_id).order_by(Task.start_date, Task.map_index)
        with _session() as session:
            return [TaskState(row[0], row[1], str(row[2] or ""), row[3]) for row in session.execute(query)]

    def schedule(self) -> Schedule:
        """The schedule of the sync."""
        from airflow.models.dag import DagModel
        from airflow.models.dagrun import DagRun

        latest = select(DagRun.run_after).where(DagRun.dag_id == SYNC_DAG_ID, DagRun.run_type == "scheduled")
        with _session() as session:
            dag = session.get(DagModel, SYNC_DAG_ID)
            before = session.scalar(latest.order_by(DagRun.run_after.desc()).limit(1))
            if dag is None:
                return Schedule(is_known=False, is_paused=False, next_at=None, interval=None)
            next_at = dag.next_dagrun_create_after
            interval = next_at - before if next_at and before and next_at > before else None
            return Schedule(is_known=True, is_paused=bool(dag.is_paused), next_at=next_at, interval=interval)

    def is_known(self, dag_id: str) -> bool:
        """Whether Airflow has a DAG."""
        from airflow.models.dag import DagModel

        with _session() as session:
            return session.get(DagModel, dag_id) is not None

    def approvals(self) -> list[Approval]:
        """Questions of this project that wait for an answer, oldest first."""
        from airflow.models.hitl import HITLDetail
        from airflow.models.taskinstance import TaskInstance as Task

        query = select(Task.dag_id, Task.run_id, Task.task_id, HITLDetail.subject, HITLDetail.created_at)
        query = query.join(HITLDetail, HITLDetail.ti_id == Task.id).where(
            Task.dag_id.in_(DAG_IDS), HITLDetail.responded_at.is_(None), Task.state.in_(("deferred", "awaiting_input"))
        )
        with _session() as session:
            return [Approval(*row) for row in session.execute(query.order_by(HITLDetail.created_at))]

    def trigger(self, dag_id: str, conf: dict[str, Any], user: str) -> str:
        """Start a run for a user; returns its id.

        Raises:
            ParamValidationError: a value of the form is not valid.
        """
        from airflow.api.common.trigger_dag import trigger_dag
        from airflow.utils.types import DagRunTriggeredByType

        run = trigger_dag(dag_id, triggered_by=DagRunTriggeredByType.UI, triggering_user_name=user, conf=conf)
        return str(run.run_id) if run else ""

    def clear_failed(self, dag_id: str, run_id: str) -> int:
        """Run the failed tasks of a run, and what follows them, again; returns the number of task instances."""
        from airflow.models.dagbag import DBDagBag
        from airflow.models.taskinstance import clear_task_instances

        with _session() as session:
            from airflow.models.taskinstance import TaskInstance as Task

            states = ("failed", "upstream_failed")
            own = select(Task).where(Task.dag_id == dag_id, Task.run_id == run_id, Task.state.in_(states))
            tasks = list(session.scalars(own))
            dag = DBDagBag().get_latest_version_of_dag(dag_id, session=session)
            if tasks and dag:
                follow = {name for task in tasks for name in dag.get_task(task.task_id).get_flat_relative_ids()}
                later = select(Task).where(Task.dag_id == dag_id, Task.run_id == run_id, Task.task_id.in_(follow))
                tasks = list({task.id: task for task in [*tasks, *session.scalars(later)]}.values())
                clear_task_instances(tasks, session)
            return len(tasks)


def _run_state(run: Any) -> DagRunState:
    return DagRunState(
        run.dag_id,
        run.run_id,
        str(getattr(run.run_type, "value", run.run_type)),
        str(getattr(run.state, "value", run.state)),
        run.queued_at,
        run.start_date,
        run.end_date,
        run.triggering_user_name,
        dict(run.conf or {}),
    )


@contextmanager
def _session() -> Iterator[Session]:
    from airflow.utils.session import create_session

    with create_session() as session:
        yield session
