"""How recent the stored data of a page is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.web.airflow_data import ENDED, DagRunState, Schedule
from livestorm_salesforce.web.health import is_overdue
from livestorm_salesforce.web.visit import Visit

#: Runs that are searched for the last success.
SEARCHED = 100


@dataclass(frozen=True)
class Freshness:
    """The last runs of the sync.

    Attributes:
        ended: the newest run that has ended.
        last_success: end of the newest successful run.
    """

    ended: DagRunState | None
    last_success: datetime | None
    schedule: Schedule
    now: datetime

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
    runs = visit.airflow.runs((SYNC_DAG_ID,), limit=SEARCHED)
    ended = next((run for run in runs if run.state in ENDED), None)
    success = next((run.ended_at for run in runs if run.state == "success"), None)
    return Freshness(ended, success, visit.airflow.schedule(), visit.airflow.now())
