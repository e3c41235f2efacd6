"""Apply the changes of a plan that are still needed, and find out what was written if a response was lost.

A first attempt soon after the plan applies it as it is. A retry, an older plan, or a write without response reads
Salesforce again, computes a fresh plan with the same function, and applies what both plans contain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import pandas as pd

from livestorm_salesforce.domain.plan import edit_protection
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.plan_trust import is_plan_trusted
from livestorm_salesforce.domain.plan.rebase import rebase, superseded
from livestorm_salesforce.domain.plan.rejected_fields import WRONG_TYPE
from livestorm_salesforce.domain.plan.shortening import divisible_fields
from livestorm_salesforce.enums import IntentKind, RowOutcome
from livestorm_salesforce.errors import ConfigError, OutcomeUnknown
from livestorm_salesforce.readers.created_statuses import find_created_statuses
from livestorm_salesforce.runs.plan_files import load_plan, plan_document
from livestorm_salesforce.runs.progress import Progress
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import write_intents
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.writers import audit_writer, last_writes, transaction_sizes, write_ahead_log
from livestorm_salesforce.writers.row_sender import RowResults

#: How often a load starts after a write without response, the first included.
ROUNDS = 3
#: Codes that show that the cached describe is out of date.
CHANGED_ORG = {
    "INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "REQUIRED_FIELD_MISSING", "STRING_TOO_LONG",
    "JSON_PARSER_ERROR", "INVALID_TYPE_ON_FIELD_IN_RECORD", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
}  # fmt: skip
#: Start of the message with which Salesforce refuses an object that the user may not write (any more).
FORBIDDEN_OBJECT = "entity type cannot be"

T = TypeVar("T")
Selects = Callable[[pd.DataFrame], pd.Series]
Replan = Callable[[TaskRun], Plan]
Send = Callable[[Plan, RowResults], T]


@dataclass(frozen=True)
class Execution(Generic[T]):
    """The result of a load.

    Attributes:
        plan: the plan that was applied.
        sent: what `send` returned.
        superseded: ids of the planned changes that a newer reading replaces (`rebase.superseded`).
    """

    plan: Plan
    sent: T
    superseded: pd.Series


@dataclass(frozen=True)
class _Round:
    """Attributes:
    trusts_plan: apply the plan without reading Salesforce again.
    detects: an earlier round or attempt may have written rows; add them to the audit log.
    may_be_inflight: a request of an earlier round or attempt may still be executed.
    """

    trusts_plan: bool
    detects: bool
    may_be_inflight: bool


def folder(run: TaskRun) -> Folder:
    """The folder for the results of the loads of the run's current plan; a new plan has a new folder."""
    return run.folder.folder(f"load-{int(plan_document(run.folder)['read_at'] * 1000)}")


def read_or_default(run: TaskRun, name: str, default: pd.DataFrame) -> pd.DataFrame:
    """A frame that an earlier load of this plan has written, or `default` if it has not run."""
    results = folder(run)
    return results.read(name) if results.has(f"{name}.parquet") else default


def execute_plan(run: TaskRun, selects: Selects, send: Send[T], replan: Replan) -> Execution[T]:
    """Apply what is still needed of the run's plan.

    When this returns or raises, the audit log contains every write with a response, and every write of an earlier
    attempt or round that a new reading found applied.

    Args:
        selects: which changes this task applies.
        send: writes a plan and adds the result of each row to the `RowResults`.
        replan: computes the plan from the current state of Salesforce.

    Raises:
        OutcomeUnknown: the response was lost in `ROUNDS` rounds.
        BulkJobRunning: a bulk job takes longer than this task may wait; the repeated task finds its result.
    """
    planned = load_plan(run.folder, selects)
    transaction_sizes.share_sizes(run)
    trusts_plan = not run.is_repeated and _is_trusted(run, planned)
    inflight = run.is_repeated and write_ahead_log.wait_for_own_inflight(run)
    this_round = _Round(trusts_plan, detects=run.is_repeated, may_be_inflight=inflight)
    for remaining in reversed(range(ROUNDS)):
        try:
            return _execute_round(run, planned, send, replan, this_round)
        except OutcomeUnknown:
            if not remaining:
                raise
            run.app.clock.sleep(run.app.settings.settle_seconds)  # the request may still run in Salesforce
            this_round = _Round(trusts_plan=False, detects=True, may_be_inflight=True)
    raise AssertionError("unreachable")


def with_superseded(results: pd.DataFrame, superseded_ids: pd.Series) -> pd.DataFrame:
    """Results of all planned changes: those that were not sent, or sent in part, are planned again in the next run.

    Args:
        results: change_id and outcome of the changes that were sent.
        superseded_ids: `Execution.superseded`.
    """
    is_partial = results["change_id"].isin(superseded_ids) & (results["outcome"] == RowOutcome.DONE)
    sent = results.assign(outcome=results["outcome"].mask(is_partial, RowOutcome.PARTIAL))
    unsent = superseded_ids[~superseded_ids.isin(results["change_id"])]
    return pd.concat([sent, pd.DataFrame({"change_id": unsent, "outcome": RowOutcome.SUPERSEDED})], ignore_index=True)


def count_outcomes(results: pd.DataFrame) -> dict[str, int]:
    """Number of rows per outcome, the return value of the load tasks."""
    return {str(outcome): int(count) for outcome, count in results["outcome"].value_counts().items()}


def _execute_round(run: TaskRun, planned: Plan, send: Send[T], replan: Replan, this_round: _Round) -> Execution[T]:
    current, superseded_ids = planned, planned.changes["change_id"].head(0)
    if not this_round.trusts_plan:
        current, superseded_ids = _rebase(run, planned, replan, detects=this_round.detects)
    if len(current.changes):
        _record_intent(run, planned)
    progress = Progress("Wrote", "rows", len(current.changes), run.app.clock)
    row_results = RowResults(lambda: divisible_fields(run.app.mapping, run.app.schemas), progress=progress)
    sent = _send(run, current, send, row_results)
    is_complete = not row_results.refused and not len(superseded_ids)
    if is_complete or not this_round.may_be_inflight:
        write_ahead_log.commit(run)
    return Execution(current, sent, superseded_ids)


def _rebase(run: TaskRun, planned: Plan, replan: Replan, *, detects: bool) -> tuple[Plan, pd.Series]:
    """The plan and its superseded changes after a new reading."""
    _wait_for_bulk_jobs(run, planned)
    fresh = replan(run)
    current = rebase(planned, fresh)
    if detects:
        audit_writer.append_detected(run, planned, current, fresh, find_created_statuses(run, planned, fresh))
    return current, superseded(planned, current, fresh)


def _record_intent(run: TaskRun, planned: Plan) -> None:
    write_ahead_log.record_intent(
        run,
        IntentKind.LOAD,
        plan=plan_document(run.folder)["read_at"],
        in_bulk=sorted(_objects_in_bulk(run, planned)),
        changes=[int(change) for change in planned.changes["change_id"]],
    )


def _wait_for_bulk_jobs(run: TaskRun, planned: Plan) -> None:
    """A bulk job of a killed or waiting task continues in Salesforce; a read before its end finds half of its rows.

    The task may be one of another workspace with the same org: the locks of people and members protect no job that
    outlives its task.
    """
    in_bulk = _objects_in_bulk(run, planned) | write_intents.objects_in_bulk(run.app.state)
    for name in sorted(in_bulk.intersection(planned.changes["object"])):
        run.app.salesforce.wait_for_bulk(name)


def _objects_in_bulk(run: TaskRun, planned: Plan) -> set[str]:
    """Objects of which the plan changes so many records that bulk jobs write them."""
    counts = planned.changes.groupby("object").size()
    return {str(name) for name, count in counts.items() if run.app.salesforce.uses_bulk(int(count))}


def _send(run: TaskRun, current: Plan, send: Send[T], row_results: RowResults) -> T:
    if len(current.changes):
        last_writes.note_write(run)
    try:
        return send(current, row_results)
    except ConfigError:  # an object or a field is gone: the retry and the next run describe the org again
        run.app.discard_schemas()
        raise
    finally:
        results = row_results.frame()
        audit_writer.append_results(run, current, results)
        if not row_results.codes.isdisjoint(WRONG_TYPE) or _shows_changed_org(results):
            run.app.discard_schemas()
        if len(current.changes):
            last_writes.note_write(run)


def _shows_changed_org(results: pd.DataFrame) -> bool:
    """Whether rejected or shortened rows show that the org differs from the cached describe."""
    forbids = results["message"].str.startswith(FORBIDDEN_OBJECT).fillna(False)
    return bool(results["code"].isin(CHANGED_ORG).any() or forbids.any() or results["shortened"].notna().any())


def _is_trusted(run: TaskRun, planned: Plan) -> bool:
    return is_plan_trusted(
        last_writes.writer(run),
        read_at=plan_document(run.folder)["read_at"],
        now=run.app.clock.now(),
        trust_seconds=60 * run.app.settings.trust_plan_minutes,
        last_writes=last_writes.load_writes(run),
        needs_approval=run.params.get("approve") == "ask",
        writes_protected_fields=edit_protection.changes_protected_fields(planned, run.app.mapping),
    )
