"""Write-ahead log of loads and undos: an intent is recorded before the first request and deleted once every row has a
result.

An intent that remains belongs to a task that was killed or stopped, whose requests or bulk jobs may still run in
Salesforce, or to a request without response that may be executed late. `recovery` adds such writes to the audit log;
what its reading does not contain, or may not see, stays in a settled intent.
An intent contains ids and counts and no personal data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from livestorm_salesforce.enums import IntentKind
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import write_intents


@dataclass(frozen=True)
class Intent:
    """A load or an undo whose result is not known completely.

    Attributes:
        recorded_at: epoch seconds.
        details: of a load the `plan` (its `read_at`), `in_bulk` (objects that bulk jobs write), `changes` (their ids)
            and, once a run has recovered it, `settled`; of an undo the run that it reverts (`reverts`).
    """

    kind: IntentKind
    run_id: str
    task: str
    dag_id: str
    recorded_at: float
    details: dict[str, Any]

    @property
    def is_settled(self) -> bool:
        """Whether no request or job of the load runs any more: its changes wait for a run that reads their records."""
        return bool(self.details.get("settled"))


def record_intent(run: TaskRun, kind: IntentKind, **details: Any) -> None:
    """Record that this task is about to write."""
    intent = {"kind": str(kind), "run_id": run.run_id, "task": run.task, "dag_id": run.dag_id}
    write_intents.record(run.app.state, intent | {"recorded_at": run.app.clock.now(), "details": details})


def commit(run: TaskRun) -> None:
    """Delete the intent of this task: every row has a result, and the audit log contains the written ones."""
    write_intents.remove(run.app.state, run.dag_id, run.run_id, run.task)


def delete(run: TaskRun, intent: Intent) -> None:
    """Delete an intent that was recovered."""
    write_intents.remove(run.app.state, intent.dag_id, intent.run_id, intent.task)


def keep(run: TaskRun, intent: Intent, changes: Iterable[int]) -> None:
    """Keep only these changes of an intent that was recovered; without any it is deleted."""
    remaining = [int(change) for change in changes]
    if remaining:
        details = intent.details | {"changes": remaining, "in_bulk": [], "settled": True}
        write_intents.record(run.app.state, asdict(intent) | {"kind": str(intent.kind), "details": details})
    else:
        delete(run, intent)


def intents(run: TaskRun, kind: IntentKind | None = None) -> list[Intent]:
    """The intents of all tasks, or those of one kind."""
    rows = write_intents.load(run.app.state)
    return [Intent(**row | {"kind": IntentKind(row["kind"])}) for row in rows if kind in (None, row["kind"])]


def wait_for_inflight(run: TaskRun) -> None:
    """Wait for requests and bulk jobs of loads that may still run: a read before their end finds half of the rows.

    The time of an intent is the start of the load. Its last request may be much younger, so the wait is never shorter.
    """
    loads = [intent for intent in intents(run, IntentKind.LOAD) if not intent.is_settled]
    if loads:
        run.app.clock.sleep(run.app.settings.settle_seconds)
    for name in sorted({name for load in loads for name in load.details["in_bulk"]}):
        run.app.salesforce.wait_for_bulk(name)


def wait_for_own_inflight(run: TaskRun) -> bool:
    """Wait for the last request of an earlier attempt of this task; returns whether one may still have run."""
    own = (run.dag_id, run.run_id, run.task)
    has_intent = any((intent.dag_id, intent.run_id, intent.task) == own for intent in intents(run))
    if has_intent:
        run.app.clock.sleep(run.app.settings.settle_seconds)
    return has_intent
