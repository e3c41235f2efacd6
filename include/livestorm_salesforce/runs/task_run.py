"""One task of a DAG run: its ids, the values of the trigger form, its run folder and its call counter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from livestorm_salesforce.domain.sessions.scope import Request
from livestorm_salesforce.runs import metrics
from livestorm_salesforce.runs.context import SYNC_DAG_ID, AppContext
from livestorm_salesforce.runs.params import parse_request
from livestorm_salesforce.runs.plan_files import missing_run
from livestorm_salesforce.state import runs
from livestorm_salesforce.state.audit_log import Attempt
from livestorm_salesforce.storage import Folder, safe_name

#: Documents in a run folder. `planned`: the plan in the folder was made from what this pass has read.
STARTED, PLANNED = "started", "planned"


@dataclass(frozen=True)
class TaskRun:
    """One attempt of one task of a DAG run.

    Attributes:
        app: the application context.
        run_id: Airflow's run id.
        task: task id, with the map index if the task is mapped.
        params: the values of the trigger form.
        manual: whether a person triggered the run.
        try_number: 1 for the first attempt.
        resumed: how often this attempt has gone on after a wait without a worker (`orchestration.deferral`).
        by_webhook: whether webhook deliveries started the run: it uses these, lists nothing and calls Livestorm never.
        dag_id: of the DAG of the run; runs of two DAGs may have the same id.
    """

    app: AppContext
    run_id: str
    task: str
    params: Mapping[str, Any] = field(default_factory=dict)
    manual: bool = True
    try_number: int = 1
    dag_id: str = SYNC_DAG_ID
    by_webhook: bool = False
    resumed: int = 0

    @property
    def attempt(self) -> Attempt:
        """Identifies this attempt."""
        return Attempt(self.run_id, self.task, self.try_number)

    @property
    def is_repeated(self) -> bool:
        """Whether this task has begun before, so that a part of its work may be done."""
        return self.try_number > 1 or self.resumed > 0

    @property
    def request(self) -> Request:
        """The trigger form as a request.

        Raises:
            ConfigError: a value of the form is not valid.
        """
        return parse_request(self.params, manual=self.manual)

    @property
    def writes(self) -> bool:
        """Whether this run writes to Salesforce; False in a preview, and with a draft of the mapping."""
        return self.request.mode == "apply" and not self.app.options.mapping_draft

    @property
    def folder(self) -> Folder:
        """The run folder: raw responses, frames, plan and report of this run."""
        return self.app.run_folder(self.dag_id, self.run_id)

    def mark_started(self) -> None:
        """Store the start time, which decides when the folder is deleted, before the folder holds personal data."""
        now, mode = self.app.utc_now(), self.params.get("mode") or "apply"
        self.folder.write_json(STARTED, {"started": now.timestamp(), "pair": self.app.pair})
        at = now.to_pydatetime()
        runs.start(self.app.state, self.dag_id, self.run_id, at, is_manual=self.manual, mode=str(mode))
        self.discard_plan()

    def require_started(self) -> None:
        """Check that the first task of this run has started it with the current workspace and org.

        Raises:
            StalePlan: the current connections have no folder of this run, or it was copied from that of another pair.
        """
        if (self.folder.read_json(STARTED) or {}).get("pair") != self.app.pair:
            raise missing_run()

    def discard_plan(self) -> None:
        """Invalidate the plan of an earlier pass: something was read or decided again since."""
        self.folder.drop(f"{PLANNED}.json")

    def mark_ended(self) -> None:
        """State that no task of this run holds personal data in memory any longer."""
        runs.set_end(self.app.state, self.dag_id, self.run_id, self.app.utc_now().to_pydatetime())

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Marks the run as ended on exit, even after an error."""
        try:
            yield
        finally:
            self.mark_ended()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Stores the number of calls of this attempt in the run folder on exit, even after an error, and its duration.

        Raises:
            StalePlan: the current connections have no folder of this run.
        """
        self.require_started()
        runs.set_end(self.app.state, self.dag_id, self.run_id, None)
        try:
            with metrics.timed(self.task, self.app.clock):
                yield
        finally:
            name = f"{safe_name(self.task)}-{self.try_number}" + (f"-{self.resumed}" if self.resumed else "")
            self.folder.folder("calls").write_json(name, self.app.calls_used())


def started_at(folder: Folder) -> float | None:
    """Start time of the run of this folder, in epoch seconds; None if the folder does not say."""
    document = folder.read_json(STARTED) or {}
    started: float | None = document.get("started")
    return started
