"""Which runs say how the sync is: the newest that wrote, the newest that read everything due, and the last success."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.state import run_queries
from livestorm_salesforce.web.airflow_data import BY_WEBHOOK, ENDED, DagRunState, Schedule
from livestorm_salesforce.web.health import is_overdue
from livestorm_salesforce.web.run_summary import RunSummary, summarize
from livestorm_salesforce.web.visit import Visit

#: Runs that are searched, also without those that webhooks started: these may be hundreds between two ordinary ones.
SEARCHED = 100


@dataclass(frozen=True)
class Freshness:
    """The last runs of the sync that have ended. Previews count before the first run that writes, drafts never.

    Attributes:
        newest: the newest run.
        ordinary: runs that read everything due, newest first (`DagRunState.is_ordinary`).
        last_success: end of the newest successful run that was no preview.
    """

    newest: DagRunState | None
    ordinary: Sequence[DagRunState]
    last_success: datetime | None
    schedule: Schedule
    now: datetime

    @property
    def decisive(self) -> DagRunState | None:
        """The newest run; the newest ordinary one if only that failed: a run that reads less does not repair it."""
        ordinary = self.ordinary[0] if self.ordinary else None
        return next((run for run in (self.newest, ordinary) if run and run.state == "failed"), self.newest)

    @property
    def failed(self) -> DagRunState | None:
        """The decisive run, if it failed."""
        return self.decisive if self.decisive and self.decisive.state == "failed" else None

    @property
    def is_stale(self) -> bool:
        """Whether the last success is older than several intervals of the schedule."""
        return is_overdue(self.last_success, self.interval, self.now)

    @property
    def interval(self) -> timedelta | None:
        """Usual time between two runs; None without a schedule."""
        return self.schedule.interval


def freshness(visit: Visit) -> Freshness:
    """The freshness of what the state database says."""
    runs = [run for run in visit.airflow.runs((SYNC_DAG_ID,), limit=SEARCHED) if run.state in ENDED]
    others = visit.airflow.runs((SYNC_DAG_ID,), limit=SEARCHED, without_type=BY_WEBHOOK)
    return Freshness(
        newest=next(iter(_counted(runs)), None),
        ordinary=_counted([run for run in others if run.state in ENDED and run.is_ordinary]),
        last_success=next((run.ended_at for run in runs if run.state == "success" and not run.is_preview), None),
        schedule=visit.airflow.schedule(),
        now=visit.airflow.now(),
    )


def last_report(visit: Visit, fresh: Freshness) -> RunSummary | None:
    """The newest ordinary run that has a report: what it found is true until the next one."""
    by_id = {(run.dag_id, run.run_id): run for run in fresh.ordinary}
    stored = run_queries.newest_report(visit.state, by_id) if visit.state else None
    return summarize(by_id[stored.dag_id, stored.run_id], stored, visit.prefix) if stored else None


def _counted(runs: Sequence[DagRunState]) -> list[DagRunState]:
    writing = [run for run in runs if not run.is_preview]
    return writing or [run for run in runs if not run.conf.get("mapping_draft")]
