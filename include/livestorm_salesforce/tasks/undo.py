"""Undo one run from its audit log: preview, then restore what nobody has changed since."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.csv_export import to_csv
from livestorm_salesforce.domain.audit import undo as rules
from livestorm_salesforce.enums import RowOutcome
from livestorm_salesforce.errors import ConfigError, PartialLoad
from livestorm_salesforce.readers.written_records import read_members_of, read_written_records
from livestorm_salesforce.runs.params import is_encodable
from livestorm_salesforce.runs.plan_files import missing_run
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import audit_log
from livestorm_salesforce.writers import last_writes, plan_executor, recovery, undo_executor


def plan_undo(run: TaskRun) -> dict[str, Any]:
    """Decide about every write of `params.run_id`. Stores `undo.parquet` and `undo.csv` in the run folder.

    Raises:
        ConfigError: the audit log contains no write of that run.
    """
    run.mark_started()
    with run.counted(), run.ending():
        decisions = _decide(run)
        run.folder.write("undo", decisions)
        path = run.folder.write_text("undo.csv", to_csv(decisions))
    return {"counts": _counts(decisions), "csv": path}


def undo(run: TaskRun) -> dict[str, Any]:
    """Apply the previewed decisions that a new reading still allows. Every write is audited.

    Returns:
        number of rows per outcome, over all attempts of this undo.

    Raises:
        OutcomeUnknown: the response to a write was lost; the retry detects what was applied.
    """
    with run.counted(), run.ending(), run.app.locks.hold("people"), run.app.locks.hold("members"):
        recovery.recover_undos(run)
        allowed = rules.rebase(_preview(run), _decide(run))
        last_writes.note_write(run)
        try:
            decisions = allowed[allowed["decision"] != rules.LEAVE].reset_index(drop=True)
            results = undo_executor.execute_undo(run, decisions)
        finally:
            last_writes.note_write(run)
        run.folder.write("undo-results", results)
    return dict(plan_executor.count_outcomes(results))


def report(run: TaskRun) -> dict[str, Any]:
    """Counts per decision, reasons of what was left, and number of rows per outcome.

    Raises:
        PartialLoad: Salesforce refused to restore some values.
    """
    run.require_started()
    decisions = _preview(run)
    reasons = decisions.loc[decisions["decision"] == rules.LEAVE, "why"].value_counts()
    summary: dict[str, Any] = {
        "counts": _counts(decisions),
        "left": {str(reason): int(count) for reason, count in reasons.items()},
    }
    if run.folder.has("undo-results.parquet"):
        results = run.folder.read("undo-results")
        summary["done"] = plan_executor.count_outcomes(results)
        _raise_if_refused(results)
    return summary


def _preview(run: TaskRun) -> pd.DataFrame:
    """The decisions of `plan_undo`.

    Raises:
        StalePlan: `plan_undo` has not ended.
    """
    if not run.folder.has("undo.parquet"):
        raise missing_run()
    return run.folder.read("undo")


def _raise_if_refused(results: pd.DataFrame) -> None:
    refused = results[results["outcome"] == RowOutcome.REFUSED]
    if len(refused):
        codes = ", ".join(sorted(refused["code"].dropna().unique()))
        raise PartialLoad(f"{len(refused):,} value(s) could not be put back ({codes}).", remedy="see undo.csv")


def _counts(decisions: pd.DataFrame) -> dict[str, int]:
    counts = decisions.groupby(["decision", "object"]).size().reset_index(name="rows")
    return {
        f"{decision} {sobject}": int(rows)
        for decision, sobject, rows in zip(counts["decision"], counts["object"], counts["rows"], strict=True)
    }


def _decide(run: TaskRun) -> pd.DataFrame:
    run_id = str(run.params.get("run_id") or "")
    if not is_encodable(run_id):
        raise ConfigError("The run id holds half a surrogate pair.", remedy="copy the run id again")
    own = audit_log.read(run.app.state, run_id)
    own = own[~own["action"].isin(audit_log.UNDONE)]
    if own.empty:
        raise ConfigError(
            f"The audit holds no write of run '{run_id}'.",
            remedy="give the run id of a run of livestorm_to_salesforce that wrote something",
        )
    log = audit_log.read(run.app.state, record_ids=own["record_id"].dropna().unique())  # of a year, these records only
    written = rules.collapse(log, (log["run_id"] == run_id) & ~log["action"].isin(audit_log.UNDONE))
    current = read_written_records(run, written)
    members = read_members_of(run, written[written["created"]])
    used = rules.used_since(written, members, log[log["run_id"] != run_id])
    delete_created = bool(run.params.get("delete_created"))
    return rules.decide(written, current, run.app.schemas, used, delete_created=delete_created)
