"""Recover intents that remain in the write-ahead log: add writes without response to the audit log of their run."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd

from livestorm_salesforce.domain.plan.rebase import rebase
from livestorm_salesforce.domain.plan.unread_changes import unread_changes
from livestorm_salesforce.enums import IntentKind
from livestorm_salesforce.readers.created_statuses import find_created_statuses
from livestorm_salesforce.readers.record_visibility import may_hide
from livestorm_salesforce.readers.written_records import read_written_records
from livestorm_salesforce.runs.plan_files import load_plan, plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.writers import audit_writer, undo_executor, write_ahead_log
from livestorm_salesforce.writers.write_ahead_log import Intent

#: Seconds; no load takes as long.
LONGEST_LOAD = 24 * 3600.0


def recover(run: TaskRun) -> None:
    """Recover the intents of undos, then those of loads; waits for an undo that runs at the same time."""
    if write_ahead_log.intents(run, IntentKind.UNDO):
        with run.app.locks.hold("people"), run.app.locks.hold("members"):
            recover_undos(run)
    _recover_loads(run)


def recover_undos(run: TaskRun) -> None:
    """Recover the intents of undos. The caller holds the locks of people and members."""
    for intent in write_ahead_log.intents(run, IntentKind.UNDO):
        params = {"run_id": intent.details["reverts"]}
        undo = replace(run, params=params, run_id=intent.run_id, task=intent.task, dag_id=intent.dag_id)
        if undo.folder.has(f"{undo_executor.SENT}.parquet"):
            run.app.clock.sleep(run.app.settings.settle_seconds)  # its last request may still run in Salesforce
            undo_executor.append_detected(undo, run.app.schemas, lambda rows: read_written_records(run, rows))
        write_ahead_log.delete(run, intent)


def _recover_loads(run: TaskRun) -> None:
    """Recover the intents of earlier runs whose load ended before this run's reading, or was recorded by a clock that
    was days ahead. A load of this run is recovered by its own retry."""
    read_at = plan_document(run.folder)["read_at"]
    for intent in write_ahead_log.intents(run, IntentKind.LOAD):
        if intent.run_id == run.run_id or read_at <= intent.recorded_at <= read_at + LONGEST_LOAD:
            continue
        with run.app.locks.hold(intent.task.removeprefix("load_").split("-")[0]):
            write_ahead_log.keep(run, intent, _recover_load(run, intent))


def _recover_load(run: TaskRun, intent: Intent) -> pd.Series:
    """Returns the ids of the changes that a later run must recover; none of them if their plan is gone."""
    load = replace(run, run_id=intent.run_id, task=intent.task, dag_id=intent.dag_id)
    if not load.folder.has("plan.json") or plan_document(load.folder)["read_at"] != intent.details["plan"]:
        return pd.Series(dtype="int64")
    changes = intent.details["changes"]
    planned = load_plan(load.folder).only(lambda rows: rows["change_id"].isin(changes))
    fresh = load_plan(run.folder)
    existing = find_created_statuses(run, planned, fresh)
    audit_writer.append_detected(load, planned, rebase(planned, fresh), fresh, existing)
    registrations = run.folder.read("registrations", ["campaign_ref", "email_key", "member_changed"])
    return unread_changes(planned.changes, fresh, registrations, partial(may_hide, run.app.salesforce))
