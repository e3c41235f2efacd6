"""Plan: bring registrants, memory and Salesforce together, decide, and leave the plan in the run folder."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.csv_export import to_csv
from livestorm_salesforce.domain.plan.change_list import change_list
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.registrants.change_detection import (
    columns_needed,
    detect_changes,
    people_attributes,
    upcoming_linked_sessions,
)
from livestorm_salesforce.domain.report.quarantine import exclude_quarantined
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.refresh_priority import attendance_available
from livestorm_salesforce.enums import ReadState
from livestorm_salesforce.runs.plan_files import save_plan
from livestorm_salesforce.runs.retry_policy import quarantine_retry_policy
from livestorm_salesforce.runs.task_run import PLANNED, TaskRun
from livestorm_salesforce.state import latest_answers, quarantine, sync_state
from livestorm_salesforce.tasks import approval, planner
from livestorm_salesforce.tasks.extract import outcomes_of, registrants_of
from livestorm_salesforce.writers import write_ahead_log


def plan(run: TaskRun) -> dict[str, Any]:
    """Read what Salesforce holds, decide every change, and say in which batches members will be written."""
    run.discard_plan()
    with run.counted():
        write_ahead_log.wait_for_inflight(run)
        outcomes = outcomes_of(run)
        facts = planner.scoped_facts(run)
        registrations = _registrations(run, facts, outcomes, _trusted(run, facts))
        started = run.app.clock.now()
        made = planner.plan_now(run, facts, registrations)
        lost = lost_campaigns(facts, made)
        if lost:  # what was loaded there is gone with the Campaign: memory says nothing about it
            believed = [session_id for session_id in _trusted(run, facts) if session_id not in lost]
            registrations = _registrations(run, facts, outcomes, believed)
            started = run.app.clock.now()
            made = planner.plan_now(run, facts, registrations)
        run.folder.write("registrations", registrations)
        save_plan(run.folder, made)
        run.folder.write_text("plan.csv", to_csv(change_list(made)))
        batches = _member_batches(made, run.app.settings.member_batch)
        run.folder.write_json(
            "plan", {"read_at": started, "member_batches": batches, "verified": _verified(run, facts)}
        )
        run.folder.drop("report.json")  # of an earlier pass: whoever approves must see this plan
        run.folder.write_json(PLANNED, {"at": started})
        approval.check(run, made)
    actions = made.changes.groupby(["action", "object"]).size()
    counts = {f"{action} {sobject}": int(count) for (action, sobject), count in actions.items()}
    return {"member_batches": list(range(len(batches))), "registrants": len(registrations), "changes": counts}


def lost_campaigns(facts: pd.DataFrame, made: Plan) -> set[str]:
    """Sessions whose Campaign is not the one they were loaded to: deleted, or made anew by somebody.

    The time of its making tells too: an org that was set up again gives out the same ids.
    """
    now = made.campaigns.set_index("session_id").reindex(facts["session_id"]).set_index(facts.index)
    known, born = facts["campaign_id"], facts["campaign_created"]
    other = known.notna() & (known != now["campaign_id"])
    reborn = born.notna() & now["campaign_created"].notna() & (born != now["campaign_created"])
    return set(facts.loc[other | reborn, "session_id"])


def _registrations(run: TaskRun, facts: pd.DataFrame, outcomes: pd.DataFrame, believed: list[str]) -> pd.DataFrame:
    rows = registrants_of(run, outcomes, columns_needed(run.app.mapping))
    document = run.folder.read_json("discover")
    row_hashes = sync_state.load_row_hashes(run.app.state, believed)
    activation = pd.Timestamp(document["activation"])
    said = latest_answers.load(run.app.state, rows["email_key"], people_attributes(run.app.mapping))
    upcoming_registrations = _ahead(run, facts, outcomes)
    is_complete = {*outcomes.loc[outcomes["state"] == ReadState.FULL, "session_id"]}.difference(believed)
    now = pd.Timestamp(document["now"])
    early = (facts["status"] == "past") & (
        attendance_available(facts, run.app.mapping.reading.attendance_minutes)[0] > now
    )
    attendance_unknown = {*facts.loc[early, "session_id"]}
    prepared = detect_changes(
        rows,
        facts,
        run.app.mapping,
        activation,
        row_hashes,
        said,
        upcoming_registrations,
        is_complete,
        attendance_unknown,
    )
    return exclude_quarantined(prepared, quarantine.load(run.app.state), quarantine_retry_policy(run, now))


def _ahead(run: TaskRun, facts: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Who was loaded of the sessions to come that share a Campaign and that this run does not read in full."""
    past = sync_state.load(run.app.state)
    sessions = upcoming_linked_sessions(facts, past.known if past else scope.empty_known())
    sessions = sessions[~sessions["session_id"].isin(outcomes.loc[outcomes["state"] == ReadState.FULL, "session_id"])]
    loaded = sync_state.load_row_hashes(run.app.state, sessions["session_id"].tolist())
    return loaded[["session_id", "person_id"]].merge(sessions, on="session_id")


def _trusted(run: TaskRun, facts: pd.DataFrame) -> list[str]:
    """Sessions whose memory is believed: compared with Salesforce not long ago, and no full read asked for."""
    if run.request.full_read:
        return []
    now = pd.Timestamp(run.folder.read_json("discover")["now"])
    due = pd.Timedelta(hours=run.app.mapping.reading.verify_hours)
    return facts.loc[(now - facts["verified_at"]) < due, "session_id"].tolist()


def _verified(run: TaskRun, facts: pd.DataFrame) -> list[str]:
    """Sessions that are compared with Salesforce row by row in this run."""
    believed = set(_trusted(run, facts))
    return [session_id for session_id in facts["session_id"] if session_id not in believed]


def _member_batches(made: Plan, size: int) -> list[list[str]]:
    """Campaigns in groups of about `size` members: a Campaign is never written by two tasks at once (locks)."""
    members = made.changes[made.changes["object"] == "CampaignMember"]
    counts = members.groupby("campaign_ref").size()
    if counts.empty:
        return []
    group = (counts.cumsum() - 1) // size
    return [part.index.tolist() for _, part in counts.groupby(group)]
