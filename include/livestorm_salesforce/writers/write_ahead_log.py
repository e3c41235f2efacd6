"""Write-ahead log of loads and undos: an intent is recorded before the first request and deleted once every row has a
result.

An intent that remains belongs to a task that was killed or stopped, whose requests or bulk jobs may still run in
Salesforce, or to a request without response that may be executed late. `recovery` adds such writes to the audit log.
An intent contains ids and counts and no personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from livestorm_salesforce.enums import IntentKind
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.storage import Folder, safe_name
from livestorm_salesforce.writers.row_sender import uses_bulk


@dataclass(frozen=True)
class Intent:
    """A load or an undo whose result is not known completely.

    Attributes:
        recorded_at: epoch seconds.
        details: of a load the `plan` (its `read_at`), `objects` (number of changes per object) and `changes` (their
            ids); of an undo the run that it reverts (`reverts`).
    """

    kind: IntentKind
    run_id: str
    task: str
    dag_id: str
    recorded_at: float
    details: dict[str, Any]


def record_intent(run: TaskRun, kind: IntentKind, **details: Any) -> None:
    """Record that this task is about to write."""
    intent = {
        "kind": kind,
        "run_id": run.run_id,
        "task": run.task,
        "dag_id": run.dag_id,
        "recorded_at": run.app.clock.now(),
        "details": details,
    }
    _folder(run).write_json(_name(run.dag_id, run.run_id, run.task), intent)


def commit(run: TaskRun) -> None:
    """Delete the intent of this task: every row has a result, and the audit log contains the written ones."""
    _folder(run).drop(f"{_name(run.dag_id, run.run_id, run.task)}.json")


def delete(run: TaskRun, intent: Intent) -> None:
    """Delete an intent that was recovered."""
    _folder(run).drop(f"{_name(intent.dag_id, intent.run_id, intent.task)}.json")


def intents(run: TaskRun, kind: IntentKind | None = None) -> list[Intent]:
    """The intents of all tasks, or those of one kind."""
    documents = (_folder(run).read_json(name.removesuffix(".json")) for name in _folder(run).names(".json"))
    return [
        Intent(**document | {"kind": IntentKind(document["kind"])})
        for document in documents
        if document and kind in (None, document["kind"])
    ]


def wait_for_inflight(run: TaskRun) -> None:
    """Wait for requests and bulk jobs of loads that may still run: a read before their end finds half of the rows.

    The time of an intent is the start of the load. Its last request may be much younger, so the wait is never shorter.
    """
    loads = intents(run, IntentKind.LOAD)
    if loads:
        run.app.clock.sleep(run.app.settings.settle_seconds)
    in_bulk = {name for load in loads for name, count in load.details["objects"].items() if uses_bulk(count)}
    for name in sorted(in_bulk):
        run.app.salesforce.wait_for_bulk(name)


def wait_for_own_inflight(run: TaskRun) -> bool:
    """Wait for the last request of an earlier attempt of this task; returns whether one may still have run."""
    has_intent = _folder(run).has(f"{_name(run.dag_id, run.run_id, run.task)}.json")
    if has_intent:
        run.app.clock.sleep(run.app.settings.settle_seconds)
    return has_intent


def _folder(run: TaskRun) -> Folder:
    return run.app.state.folder("write_ahead_log")


def _name(dag_id: str, run_id: str, task: str) -> str:
    return safe_name(f"{dag_id} {run_id} {task}")
