"""Plan: bring registrants, memory and Salesforce together, decide, and leave the plan in the run folder."""

from __future__ import annotations

import secrets
import time
from typing import Any

import pandas as pd

from livestorm_salesforce.csv_export import to_csv
from livestorm_salesforce.domain.plan import edit_protection
from livestorm_salesforce.domain.plan.campaigns import campaign_facts
from livestorm_salesforce.domain.plan.change_list import outline
from livestorm_salesforce.domain.plan.plan import Plan, make_plan
from livestorm_salesforce.domain.registrants.change_detection import (
    columns_needed,
    people_attributes,
    prepare,
    shared_ahead,
)
from livestorm_salesforce.domain.report.quarantine import hold
from livestorm_salesforce.domain.sessions import scope
from livestorm_salesforce.domain.sessions.read_schedule import attendance_told
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.readers.salesforce import read_current
from livestorm_salesforce.runs.plan_files import save
from livestorm_salesforce.runs.task_run import PLANNED, Run
from livestorm_salesforce.state import audit_log, latest_answers, quarantine, sync_state
from livestorm_salesforce.tasks import approval
from livestorm_salesforce.tasks.extract import outcomes_of, registrants_of
from livestorm_salesforce.writers import write_ahead_log


def plan(run: Run) -> dict[str, Any]:
    """Read what Salesforce holds, decide every change, and say in which batches members will be written."""
    run.forget_plan()
    with run.counted():
        write_ahead_log.outwait(run)
        outcomes = outcomes_of(run)
        facts = scoped_facts(run)
        registrations = _registrations(run, facts, outcomes, _trusted(run, facts))
        started = time.time()
        made = plan_now(run, facts, registrations)
        lost = lost_campaigns(facts, made)
        if lost:  # what was loaded there is gone with the Campaign: memory says nothing about it
            believed = [session_id for session_id in _trusted(run, facts) if session_id not in lost]
            registrations = _registrations(run, facts, outcomes, believed)
            started = time.time()
            made = plan_now(run, facts, registrations)
        run.folder.write("registrations", registrations)
        save(run, made)
        run.folder.write_text("plan.csv", to_csv(outline(made)))
        batches = _member_batches(made, run.settings.member_batch)
        run.folder.write_json(
            "plan", {"read_at": started, "member_batches": batches, "verified": _verified(run, facts)}
        )
        run.folder.drop("report.json")  # of an earlier pass: whoever approves must see this plan
        run.folder.write_json(PLANNED, {"at": started})
        approval.check(run, made)
    actions = made.changes.groupby(["action", "object"]).size()
    counts = {f"{action} {sobject}": int(count) for (action, sobject), count in actions.items()}
    return {"member_batches": list(range(len(batches))), "registrants": len(registrations), "changes": counts}


def plan_now(run: Run, facts: pd.DataFrame, registrations: pd.DataFrame) -> Plan:
    """Read and decide, for what may differ from what was loaded."""
    dirty = registrations[registrations["person_dirty"] | registrations["member_dirty"]]
    try:
        current = read_current(run, facts, dirty)
    except ConfigError:  # a field we remember may be gone: ask the org, and say which if the mapping needs it
        if not run.forget_schemas():
            raise
        current = read_current(run, facts, dirty)
    made = make_plan(facts, dirty, current, run.mapping, run.schemas)
    if len(edit_protection.protected_fields(run.mapping)):
        heirs = edit_protection.heirs(current.leads, run.mapping)
        written = audit_log.last_written(run.state, made.changes["record_id"].dropna(), heirs)
        made = edit_protection.keep_edits(made, written, run.mapping, run.schemas)
    return edit_protection.marked(made, run.mapping, run.schemas, key_secret(run))


def key_secret(run: Run) -> str:
    """What marks of addresses are made with: the setting, or a secret kept with what is remembered of this org."""
    if run.settings.key_secret:
        return run.settings.key_secret.get_secret_value()
    with run.alone("key"):
        kept = run.state.read_json("key")
        if kept is None:
            run.state.write_json("key", kept := secrets.token_hex(32))
    return kept


def scoped_facts(run: Run) -> pd.DataFrame:
    sessions = run.folder.read("sessions")
    scoped = sessions[sessions["scope"].astype(bool)]
    return campaign_facts(scoped, run.folder.read("events"), run.mapping)


def lost_campaigns(facts: pd.DataFrame, made: Plan) -> set[str]:
    """Sessions whose Campaign is not the one they were loaded to: deleted, or made anew by somebody.

    The time of its making tells too: an org that was set up again gives out the same ids.
    """
    now = made.campaigns.set_index("session_id").reindex(facts["session_id"]).set_index(facts.index)
    known, born = facts["campaign_id"], facts["campaign_created"]
    other = known.notna() & (known != now["campaign_id"])
    reborn = born.notna() & now["campaign_created"].notna() & (born != now["campaign_created"])
    return set(facts.loc[other | reborn, "session_id"])


def _registrations(run: Run, facts: pd.DataFrame, outcomes: pd.DataFrame, believed: list[str]) -> pd.DataFrame:
    rows = registrants_of(run, outcomes, columns_needed(run.mapping))
    document = run.folder.read_json("discover")
    ledger = sync_state.ledger(run.state, believed)
    activation = pd.Timestamp(document["activation"])
    said = latest_answers.recall(run.state, rows["key"], people_attributes(run.mapping))
    ahead = _ahead(run, facts, outcomes)
    whole = {*outcomes.loc[outcomes["state"] == "read", "session_id"]}.difference(believed)
    now = pd.Timestamp(document["now"])
    early = (facts["status"] == "past") & (attendance_told(facts, run.mapping.reading)[0] > now)
    untold = {*facts.loc[early, "session_id"]}
    prepared = prepare(rows, facts, run.mapping, activation, ledger, said, ahead, whole, untold)
    return hold(prepared, quarantine.recall(run.state), quarantine.patience(run, now))


def _ahead(run: Run, facts: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Who was loaded of the sessions to come that share a Campaign and that this run does not read in full."""
    past = sync_state.recall(run.state)
    sessions = shared_ahead(facts, past.known if past else scope.empty_known())
    sessions = sessions[~sessions["session_id"].isin(outcomes.loc[outcomes["state"] == "read", "session_id"])]
    loaded = sync_state.ledger(run.state, sessions["session_id"].tolist())
    return loaded[["session_id", "person_id"]].merge(sessions, on="session_id")


def _trusted(run: Run, facts: pd.DataFrame) -> list[str]:
    """Sessions whose memory is believed: compared with Salesforce not long ago, and no full read asked for."""
    if run.request.full_read:
        return []
    now = pd.Timestamp(run.folder.read_json("discover")["now"])
    due = pd.Timedelta(hours=run.mapping.reading.verify_hours)
    return facts.loc[(now - facts["verified_at"]) < due, "session_id"].tolist()


def _verified(run: Run, facts: pd.DataFrame) -> list[str]:
    """Sessions that are compared with Salesforce row by row in this run."""
    believed = set(_trusted(run, facts))
    return [session_id for session_id in facts["session_id"] if session_id not in believed]


def _member_batches(made: Plan, size: int) -> list[list[str]]:
    """Campaigns in groups of about `size` members: a Campaign is never written by two tasks at once (locks)."""
    members = made.changes[made.changes["object"] == "CampaignMember"]
    counts = members.groupby("campaign").size()
    if counts.empty:
        return []
    group = (counts.cumsum() - 1) // size
    return [part.index.tolist() for _, part in counts.groupby(group)]
