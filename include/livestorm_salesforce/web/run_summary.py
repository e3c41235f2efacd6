"""A run as one line: what Airflow knows of it, joined with its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from livestorm_salesforce.enums import Severity, Verdict
from livestorm_salesforce.problems import ProblemCode
from livestorm_salesforce.runs.context import SYNC_DAG_ID
from livestorm_salesforce.state.run_queries import StoredRun
from livestorm_salesforce.web.airflow_data import ENDED, DagRunState

#: Verdict of the report to the class of its badge.
VERDICT_CLASSES = {Verdict.OK: "ok", Verdict.PROBLEMS: "attention", Verdict.FAILED: "failed"}


@dataclass(frozen=True)
class RunSummary:
    """One run.

    Attributes:
        address: of its page.
        report: public report; empty if it has none.
    """

    run: DagRunState
    address: str
    report: dict[str, Any]

    @property
    def is_ended(self) -> bool:
        """Whether Airflow has ended the run."""
        return self.run.state in ENDED

    @property
    def result(self) -> str:
        """Result in one word: `ok`, `attention`, `failed`, or Airflow's state of a run that has not ended."""
        if not self.is_ended:
            return self.run.state
        if self.run.state == "failed":
            return "failed"
        return VERDICT_CLASSES.get(self.report.get("verdict", Verdict.OK), "ok")

    @property
    def kind(self) -> str:
        """What the run was for: the last part of the id of a message."""
        if self.run.dag_id != SYNC_DAG_ID:
            return self.run.dag_id.rpartition("_")[2]
        if any(problem["code"] == ProblemCode.NOT_APPROVED for problem in self.report.get("problems", [])):
            return "rejected"
        return "preview" if self.run.conf.get("mode") == "preview" or self.report.get("preview") else self.run.run_type

    @property
    def problems(self) -> list[dict[str, Any]]:
        """Problems that a person should settle."""
        return [one for one in self.report.get("problems", []) if one["severity"] != Severity.NOTE]

    @property
    def calls(self) -> dict[str, int]:
        """Calls per service."""
        calls: dict[str, int] = self.report.get("calls", {})
        return calls


def summarize(run: DagRunState, stored: StoredRun | None, prefix: str) -> RunSummary:
    """The summary of a run.

    Args:
        stored: the run in the state database, if it is there.
        prefix: start of the addresses of all pages.
    """
    address = f"{prefix}/runs/{quote(run.dag_id, safe='')}/{quote(run.run_id, safe='')}"
    return RunSummary(run, address, (stored.report if stored else None) or {})
