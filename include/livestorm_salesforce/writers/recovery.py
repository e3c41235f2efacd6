"""Recover intents that remain in the write-ahead log: add writes without response to the audit log of their run."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.rebase import rebase
from livestorm_salesforce.enums import IntentKind
from livestorm_salesforce.readers.created_statuses import find_created_statuses
from livestorm_salesforce.readers.written_records import read_written_records
from livestorm_salesforce.runs.plan_files import load_plan, plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.writers import audit_writer, undo_executor, write_ahead_log
from livestorm_salesforce.writers.write_ahead_log import Intent


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
    """Recover the intents of earlier runs whose load ended before this run's reading. A load of this run is recovered
    by its own retry."""
    read_at = plan_document(run.folder)["read_at"]
    for intent in write_ahead_log.intents(run, IntentKind.LOAD):
        if intent.run_id == run.run_id or intent.recorded_at >= read_at:
            continue
        with run.app.locks.hold(intent.task.removeprefix("load_").split("-")[0]):
            if _recover_load(run, intent):
                write_ahead_log.delete(run, intent)


def _recover_load(run: TaskRun, intent: Intent) -> bool:
    """Returns whether the recovery is complete: this run's reading covers all changes, or their plan is gone."""
    load = replace(run, run_id=intent.run_id, task=intent.task, dag_id=intent.dag_id)
    if not load.folder.has("plan.json") or plan_document(load.folder)["read_at"] != intent.details["plan"]:
        return True
    changes = intent.details["changes"]
    planned = load_plan(load.folder).only(lambda rows: rows["change_id"].isin(changes))
    fresh = load_plan(run.folder)
    existing = find_created_statuses(run, planned, fresh)
    audit_writer.append_detected(load, planned, rebase(planned, fresh), fresh, existing)
    return _covers(fresh, planned.changes)


def _covers(fresh: Plan, changes: pd.DataFrame) -> bool:
    """Whether a plan's reading contains every person and Campaign of these changes."""
    campaigns = changes["campaign_ref"].dropna()
    people = changes.loc[changes["object"].isin(["Contact", "Lead", "CampaignMember"]), "source_key"]
    has_people = people.isin(fresh.people["email_key"]).all()
    return bool(has_people and campaigns.isin(fresh.campaigns["campaign_ref"]).all())
