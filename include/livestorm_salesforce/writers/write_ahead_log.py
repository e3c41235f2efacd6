"""Writes whose end nobody heard: noted before the first row is sent, forgotten when the load has told everything.

A load that is killed, or stopped by a used-up allowance, right after a write leaves rows in Salesforce that no audit
knows, or a bulk job that goes on. So does a request that is carried out after we have waited for it, where what was
sent instead was refused. If none of its own tries runs again, the next run waits for the job before it plans, and its
first load looks what of that load's plan is there by now, and notes it under the run that wrote it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce.client import BULK_ABOVE
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.rebase import rebase
from livestorm_salesforce.runs.plan_files import load_plan, plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.storage import Folder, safe_name
from livestorm_salesforce.writers import audit_writer

FindExisting = Callable[[Plan, Plan], pd.DataFrame]


def record_intent(run: TaskRun, planned: Plan) -> None:
    """Note that rows of this plan are about to be sent: numbers of changes, nobody's data."""
    counts = planned.changes.groupby("object").size()
    note = {
        "run_id": run.run_id,
        "task": run.task,
        "at": run.app.clock.now(),
        "plan": plan_document(run.folder)["read_at"],
        "objects": {str(name): int(count) for name, count in counts.items()},
        "changes": [int(change) for change in planned.changes["change_id"]],
    }
    _folder(run).write_json(_name(run.run_id, run.task), note)


def commit(run: TaskRun) -> None:
    """All of them are answered, and in the audit."""
    _forget(run, _name(run.run_id, run.task))


def wait_for_inflight(run: TaskRun) -> None:
    """Wait for what may still be running in Salesforce: a reading before its end would find half of the rows.

    A note tells when a load began, not when it was killed: its last request may be as young as this moment.
    """
    notes = [note for _, note in _notes(run)]
    if notes:
        run.app.clock.sleep(run.app.settings.settle_seconds)  # a request that was given up
    large = {name for note in notes for name, count in note["objects"].items() if count > BULK_ABOVE}
    for name in sorted(large):
        run.app.salesforce.wait_for_bulk(name)


def wait_for_own_inflight(run: TaskRun) -> bool:
    """The same before a try whose predecessor was killed, and whether that is so: what that one sent last may still be
    running."""
    killed = _folder(run).has(f"{_name(run.run_id, run.task)}.json")
    if killed:
        run.app.clock.sleep(run.app.settings.settle_seconds)
    return killed


def recover(run: TaskRun, existing: FindExisting) -> None:
    """Look in this run's reading for what earlier runs wrote unheard.

    Args:
        there: given an earlier plan and the present one, records that exist and that plans do not name.
    """
    for name, note in _notes(run):
        if note["run_id"] == run.run_id or note["at"] >= plan_document(run.folder)["read_at"]:
            continue  # its own retry looks after it; or this reading is older than that write
        deed = note["task"].removeprefix("load_").split("-")[0]
        with run.app.lock(deed):
            if _settled(run, replace(run, run_id=note["run_id"], task=note["task"]), note, existing):
                _forget(run, name)


def _settled(run: TaskRun, writer: TaskRun, note: dict[str, Any], existing: FindExisting) -> bool:
    """Whether there is nothing more to find out: all its changes were looked for, or its plan is gone."""
    if not writer.folder.has("plan.json") or plan_document(writer.folder)["read_at"] != note["plan"]:
        return True
    planned, fresh = (
        load_plan(writer.folder).only(lambda changes: changes["change_id"].isin(note["changes"])),
        load_plan(run.folder),
    )
    audit_writer.append_detected(writer, planned, rebase(planned, fresh), fresh, existing(planned, fresh))
    return _seen(planned.changes, fresh)


def _seen(changes: pd.DataFrame, fresh: Plan) -> bool:
    """Whether the present reading looked at everybody and every Campaign that these changes name."""
    campaigns = changes["campaign_ref"].dropna()
    people = changes.loc[changes["object"].isin(["Contact", "Lead", "CampaignMember"]), "source_key"]
    return bool(people.isin(fresh.people["email_key"]).all() and campaigns.isin(fresh.campaigns["campaign_ref"]).all())


def _folder(run: TaskRun) -> Folder:
    return run.app.state.folder("write_ahead_log")


def _notes(run: TaskRun) -> list[tuple[str, dict[str, Any]]]:
    names = [file.removesuffix(".json") for file in _folder(run).names(".json")]
    return [(name, _folder(run).read_json(name)) for name in names]


def _name(run_id: str, task: str) -> str:
    return safe_name(f"{run_id} {task}")


def _forget(run: TaskRun, name: str) -> None:
    if _folder(run).has(f"{name}.json"):
        (_folder(run).path / f"{name}.json").unlink()
