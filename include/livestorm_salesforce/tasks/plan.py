"""The plan task: computes the plan from registrants, sync state and Salesforce, and stores it in the run folder."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from livestorm_salesforce.csv_export import to_csv_parts
from livestorm_salesforce.domain.plan.batches import member_batches
from livestorm_salesforce.domain.plan.change_list import change_list_parts
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.state_trust import (
    campaigns_without_statuses,
    replaced_campaigns,
    trusted_sessions,
)
from livestorm_salesforce.domain.registrants.change_causes import CauseSources
from livestorm_salesforce.domain.registrants.change_detection import (
    columns_needed,
    detect_changes,
    people_attributes,
    upcoming_linked_sessions,
)
from livestorm_salesforce.domain.registrants.latest_answers import without_future_times
from livestorm_salesforce.domain.registrants.row_hashes import mapping_hash
from livestorm_salesforce.domain.registrants.withheld import keep_reasons
from livestorm_salesforce.domain.report.counts import field_counts
from livestorm_salesforce.domain.report.quarantine import exclude_quarantined
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.refresh_priority import attendance_available
from livestorm_salesforce.domain.sessions.webhook_runs import attendance_of
from livestorm_salesforce.enums import ReadState
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.readers import webhook_deliveries
from livestorm_salesforce.runs.plan_files import discovery, plan_document, save_plan
from livestorm_salesforce.runs.retry_policy import quarantine_retry_policy
from livestorm_salesforce.runs.task_run import PLANNED, TaskRun
from livestorm_salesforce.state import latest_answers, quarantine, registrations, sync_state, used_mappings
from livestorm_salesforce.tasks import approval, planner
from livestorm_salesforce.tasks.read_results import outcomes_of, registrants_of
from livestorm_salesforce.writers import write_ahead_log

log = logging.getLogger(__name__)
#: Document in the run folder: the counts of a plan that `discover` computed and the plan task has not used yet.
AHEAD = "planned_ahead"
NO_CHANGE = "nothing to change in Salesforce"


@dataclass(frozen=True)
class PlannedRun:
    """A plan with its inputs. `read_at`: epoch seconds before the current state was read."""

    read_at: float
    registrations: pd.DataFrame
    plan: Plan


def plan(run: TaskRun) -> dict[str, Any]:
    """Compute and store the plan.

    Returns:
        the indexes of the member batches, the number of registrants, the number of changes by action and object, and
        `skipped`: why no load is needed, or "".

    Raises:
        UnsafePlan: the plan exceeds a safety limit and no approval was requested.
        StalePlan: the run was not started or its folder was deleted.
    """
    with run.counted():
        discovery(run.folder)
        counts = _take_planned_ahead(run)
        if counts is None:
            run.discard_plan()
            write_ahead_log.wait_for_inflight(run)
            counts = _compute_and_save(run)
        approval.check(run)
        skipped = _skip_loads(run, counts, NO_CHANGE)
    batches = plan_document(run.folder)["member_batches"]
    return {"member_batches": list(range(len(batches))), **counts, "skipped": skipped}


def plan_ahead(run: TaskRun) -> str:
    """Compute the plan of a run that reads no registrants, within the discover task; store it for the plan task.

    A run that changes nothing then needs no further task but the report, and one that changes a Campaign reads
    Salesforce only once. An error is left to the plan task, which is retried without reading Livestorm again.

    Returns:
        why the plan and load tasks are skipped; empty if they are needed.
    """
    if write_ahead_log.intents(run):
        return ""
    try:
        counts = _compute_and_save(run)
    except SyncError as error:
        log.warning("The plan is left to the plan task: %s", error)
        run.discard_plan()
        return ""
    run.folder.write_json(AHEAD, counts)
    skipped = _skip_loads(run, counts, f"no registrants to read, and {NO_CHANGE}")
    if skipped:
        approval.check(run)
    return skipped


def _skip_loads(run: TaskRun, counts: Mapping[str, Any], reason: str) -> str:
    """Store for the report that no load is needed; returns the reason.

    Empty, and loads are needed, if there are changes, if a person wants to see the plan, or if intents of earlier loads
    wait for their recovery.
    """
    if counts["changes"] or run.params.get("approve") == "ask" or write_ahead_log.intents(run):
        return ""
    run.folder.write_json("plan", plan_document(run.folder) | {"skipped": reason})
    return reason


def _take_planned_ahead(run: TaskRun) -> dict[str, Any] | None:
    """The counts of a plan that this pass of `discover` has computed, at the first attempt of the plan task."""
    counts: dict[str, Any] | None = run.folder.read_json(AHEAD)
    run.folder.drop(f"{AHEAD}.json")
    return counts if run.folder.has(f"{PLANNED}.json") else None


def _compute_and_save(run: TaskRun) -> dict[str, Any]:
    """Compute and store the plan; returns the numbers of registrants and changes."""
    facts = planner.scoped_facts(run)
    trusted = _trusted(run, facts)
    planned = _compute(run, facts, trusted)
    batches = member_batches(planned.plan.changes, run.app.settings.member_batch)
    verified = [session_id for session_id in facts["session_id"] if session_id not in set(trusted)]
    _save(
        run,
        planned,
        {
            "read_at": planned.read_at,
            "member_batches": batches,
            "verified": verified,
            "fields": field_counts(planned.plan),
        },
    )
    return {"registrants": len(planned.registrations), "changes": _counts(planned.plan.changes)}


def _counts(changes: pd.DataFrame) -> dict[str, int]:
    kinds = (changes["action"] + " " + changes["object"]).value_counts().sort_index()
    return {str(kind): int(count) for kind, count in kinds.items()}


def _compute(run: TaskRun, facts: pd.DataFrame, trusted: list[str]) -> PlannedRun:
    """The plan; computed a second time if Campaigns or their statuses were replaced: the stored state of their sessions
    then is not trusted."""
    outcomes = outcomes_of(run)
    planned = _compute_once(run, facts, outcomes, trusted)
    registered = run.app.mapping.statuses.registered.label
    replaced = replaced_campaigns(facts, planned.plan.campaigns)
    replaced |= campaigns_without_statuses(facts, planned.plan.changes, registered).intersection(trusted)
    if not replaced:
        return planned
    return _compute_once(run, facts, outcomes, [session_id for session_id in trusted if session_id not in replaced])


def _compute_once(run: TaskRun, facts: pd.DataFrame, outcomes: pd.DataFrame, trusted: list[str]) -> PlannedRun:
    registrations = _registrations(run, facts, outcomes, trusted)
    read_at = run.app.clock.now()
    return PlannedRun(read_at, registrations, planner.plan_now(run, facts, registrations))


def _save(run: TaskRun, planned: PlannedRun, document: dict[str, Any]) -> None:
    run.folder.write("registrations", planned.registrations)
    save_plan(run.folder, planned.plan)
    run.folder.write_parts("plan.csv", to_csv_parts(change_list_parts(planned.plan)))
    run.folder.write_json("plan", document)
    run.folder.drop("report.json")  # of an earlier attempt: an approval must refer to this plan
    run.folder.write_json(PLANNED, {"at": planned.read_at})


def _trusted(run: TaskRun, facts: pd.DataFrame) -> list[str]:
    now = pd.Timestamp(discovery(run.folder)["now"])
    hours = run.app.mapping.reading.verify_hours
    return trusted_sessions(facts, now, hours, full_read=run.request.full_read)


def _registrations(run: TaskRun, facts: pd.DataFrame, outcomes: pd.DataFrame, trusted: list[str]) -> pd.DataFrame:
    """Registrants with eligibility, change flags and quarantine."""
    mapping, state, document = run.app.mapping, run.app.state, discovery(run.folder)
    now, activation = pd.Timestamp(document["now"]), pd.Timestamp(document["activation"])
    present = mapping_hash(mapping)
    earlier = [one for one in used_mappings.load(state) if one.mapping_hash != present]
    further = [name for one in earlier for name in (*one.person, *one.member)]
    rows = without_future_times(registrants_of(run, outcomes, [*columns_needed(mapping), *further]), now)
    ended_recently = (facts["status"] == "past") & (
        attendance_available(facts, mapping.reading.attendance_minutes)[0] > now
    )
    detected = detect_changes(
        rows,
        facts,
        mapping,
        activation,
        row_hashes=registrations.load_row_hashes(state, trusted),
        latest=latest_answers.load(state, rows["email_key"], people_attributes(mapping)),
        upcoming_registrations=_upcoming_registrations(run, facts, outcomes),
        is_complete=_read_in_full(outcomes).difference(trusted),
        attendance_unknown={*facts.loc[ended_recently, "session_id"]},
        attendance_delivered=attendance_of(run.folder.read_json(webhook_deliveries.ATTENDANCE, {})),
        causes=CauseSources(registrations.load_row_hashes(state, [*rows["session_id"].unique()]), earlier),
    )
    rows = exclude_quarantined(detected, quarantine.load(state), quarantine_retry_policy(run, now))
    return keep_reasons(rows, registrations.load_withheld(state))


def _read_in_full(outcomes: pd.DataFrame) -> set[str]:
    return {*outcomes.loc[outcomes["state"] == ReadState.FULL, "session_id"]}


def _upcoming_registrations(run: TaskRun, facts: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Loaded registrations of upcoming sessions that share a linked Campaign and are not read in full in this run:
    session_id, person_id, campaign_ref."""
    past = sync_state.load(run.app.state)
    sessions = upcoming_linked_sessions(facts, past.known if past else scope.empty_known())
    sessions = sessions[~sessions["session_id"].isin(_read_in_full(outcomes))]
    loaded = registrations.load_row_hashes(run.app.state, sessions["session_id"].tolist())
    return loaded[["session_id", "person_id"]].merge(sessions, on="session_id")
