"""Carrying out changes, and what to do when no answer came.

A first try soon after the plan trusts the plan's reading. A retry, an older plan, or a write whose outcome is
unknown reads Salesforce again, plans again with the same function, and carries out what both plans want.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce.client import BULK_ABOVE
from livestorm_salesforce.domain.plan import edit_protection
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.rebase import rebase, superseded
from livestorm_salesforce.enums import RowOutcome
from livestorm_salesforce.errors import OutcomeUnknown
from livestorm_salesforce.runs.plan_files import load_plan, plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.writers import audit_writer, write_ahead_log
from livestorm_salesforce.writers.row_sender import RowResults

ROUNDS = 3
LAST_WRITES = "last_writes"
KEPT_WRITERS = 200
#: The org's fields are not what was described: they are read again by the next run.
CHANGED_ORG = {"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "REQUIRED_FIELD_MISSING", "STRING_TOO_LONG"}


def folder(run: TaskRun) -> Folder:
    """Where the loads of the run's present plan leave their results; a new plan starts an empty one."""
    return run.folder.folder(f"load-{int(plan_document(run.folder)['read_at'] * 1000)}")


def read_or_default(run: TaskRun, name: str, otherwise: pd.DataFrame) -> pd.DataFrame:
    """What an earlier load of this plan left, or the plan's own knowledge where it has not run."""
    existing = folder(run)
    return existing.read(name) if existing.has(f"{name}.parquet") else otherwise


Send = Callable[[Plan, RowResults], Any]
Selects = Callable[[pd.DataFrame], pd.Series]
FindExisting = Callable[[Plan, Plan], pd.DataFrame]
Replan = Callable[[TaskRun], Plan]


def execute_plan(
    run: TaskRun, selects: Selects, send: Send, replan: Replan, existing: FindExisting | None = None
) -> tuple[Plan, Any, pd.Series]:
    """Send what is still needed of the run's plan.

    Every write is in the audit when this returns or raises: those answered, and those of an earlier try or round whose
    answer never came and that a new reading found done.

    Args:
        mine: of the plan's changes those that this task carries out.
        replan: computes the plan from the present state of Salesforce.
        there: given the plan and a fresh one, records that exist and that plans do not name.

    Returns:
        the plan in force, what `send` returned, and the numbers of changes that were overtaken (`plan.overtaken`).

    Raises:
        OutcomeUnknown: no answer came in several rounds.
    """
    planned = load_plan(run.folder).only(selects)
    trusted, again = _trusted(run, planned), run.try_number > 1
    maybe_running = again and write_ahead_log.wait_for_own_inflight(run)
    for remaining in reversed(range(ROUNDS)):
        current, superseded_ids = planned, planned.changes["change_id"].head(0)
        if not trusted:
            _wait_for_bulk_jobs(run, planned)
            fresh = replan(run)
            current = rebase(planned, fresh)
            superseded_ids = superseded(planned, current, fresh)
            if again:
                audit_writer.append_detected(
                    run, planned, current, fresh, existing(planned, fresh) if existing else None
                )
        try:
            if len(current.changes):
                write_ahead_log.record_intent(run, planned)
            row_results = RowResults()
            done = _send(run, current, send, row_results)
            if not maybe_running or not (
                row_results.refused or len(superseded_ids)
            ):  # else what had no answer may be carried out even now
                write_ahead_log.commit(run)
            return current, done, superseded_ids
        except OutcomeUnknown:
            if not remaining:
                raise
            run.app.clock.sleep(run.app.settings.settle_seconds)  # the request may still be running in Salesforce
            trusted, again, maybe_running = False, True, True
    raise AssertionError("unreachable")


def with_superseded(results: pd.DataFrame, superseded_ids: pd.Series) -> pd.DataFrame:
    """Results of all that was planned: `changed` is what was not sent although something is left to do, `partly` what
    was sent in part. The next run plans both anew."""
    partial = results["change_id"].isin(superseded_ids) & (results["outcome"] == RowOutcome.DONE)
    unsent = superseded_ids[~superseded_ids.isin(results["change_id"])]
    sent = results.assign(outcome=results["outcome"].mask(partial, RowOutcome.PARTIAL))
    return pd.concat([sent, pd.DataFrame({"change_id": unsent, "outcome": RowOutcome.SUPERSEDED})], ignore_index=True)


def _wait_for_bulk_jobs(run: TaskRun, planned: Plan) -> None:
    """A bulk job of a killed try goes on in Salesforce; a reading before its end would find half of its rows."""
    counts = planned.changes.groupby("object").size()
    for name in counts.index[counts > BULK_ABOVE]:
        run.app.salesforce.wait_for_bulk(str(name))


def _send(run: TaskRun, current: Plan, send: Send, row_results: RowResults) -> Any:
    if len(current.changes):
        note_write(run)
    try:
        return send(current, row_results)
    finally:
        results = row_results.frame()
        audit_writer.append_results(run, current, results)
        if results["code"].isin(CHANGED_ORG).any():
            run.app.discard_schemas()
        if len(current.changes):
            note_write(run)


def _trusted(run: TaskRun, planned: Plan) -> bool:
    """A first try, soon after the reading; nobody else has written since, and no person had time to think. Never where
    a field is to be written that the mapping protects: somebody may have edited it since the reading."""
    read_at = plan_document(run.folder)["read_at"]
    young = (
        0 <= (run.app.clock.now() - read_at) / 60 < run.app.settings.trust_plan_minutes
    )  # a clock set back tells nothing
    others = run.app.state.read_json(LAST_WRITES, {}).items()
    foreign = any(at >= read_at and _foreign(run, name) for name, at in others)
    first = run.try_number == 1 and young and not foreign and run.params.get("approve") != "ask"
    return first and not edit_protection.changes_protected_fields(planned, run.app.mapping)


def _foreign(run: TaskRun, name: str) -> bool:
    """Another run, or another try of this very task (a twin that was thought dead)."""
    run_id, task, try_number = json.loads(name)
    return run_id != run.run_id or (task == run.task and try_number != run.try_number)


def note_write(run: TaskRun) -> None:
    """Tell others that plans made before now no longer know the org."""
    with run.app.lock(LAST_WRITES):
        known = run.app.state.read_json(LAST_WRITES, {})
        known[json.dumps([run.run_id, run.task, run.try_number])] = run.app.clock.now()
        latest = sorted(known.items(), key=lambda item: item[1])[-KEPT_WRITERS:]
        run.app.state.write_json(LAST_WRITES, dict(latest))
