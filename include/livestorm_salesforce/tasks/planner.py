"""Reads the current state and computes the plan; used by the plan task and by loads that compute it again."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.campaign_facts import campaign_facts
from livestorm_salesforce.domain.plan.campaign_names import NAME_LENGTH
from livestorm_salesforce.domain.plan.closing import sessions_awaiting_attendance
from livestorm_salesforce.domain.plan.deleted_members import created_members, keep_deleted
from livestorm_salesforce.domain.plan.edit_protection import converted_fields, keep_edits, protected_fields
from livestorm_salesforce.domain.plan.email_hmac import with_key_field
from livestorm_salesforce.domain.plan.model import CurrentState, Plan
from livestorm_salesforce.domain.plan.plan import make_plan
from livestorm_salesforce.domain.plan.repeated_changes import drop_repeated, updated_fields
from livestorm_salesforce.domain.plan.state_trust import replaced_campaigns
from livestorm_salesforce.enums import Action, ReadState, SObject
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.readers.salesforce import read_current
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import audit_log, session_listings
from livestorm_salesforce.state import registrations as registrations_state
from livestorm_salesforce.tasks.read_results import outcomes_of


def plan_now(run: TaskRun, facts: pd.DataFrame, registrations: pd.DataFrame) -> Plan:
    """Read the current state and compute the plan of the registrations that changed since their last load.

    Args:
        facts: rows of `campaign_facts`.
        registrations: rows of `detect_changes`.
    """
    app = run.app
    is_changed = registrations["person_changed"] | registrations["member_changed"]
    changed = registrations if is_changed.all() else registrations[is_changed]  # a first run needs no second copy
    current = _read_current(app, facts, changed)
    plan = make_plan(facts, changed, current, app.mapping, app.schemas)
    if run.by_webhook:
        plan = plan.only(_is_no_campaign_update)
    if len(protected_fields(app.mapping)):
        converted = converted_fields(current.leads, app.mapping)
        written = audit_log.last_written(app.state, plan.changes["record_id"].dropna(), converted)
        plan = keep_edits(plan, written, app.mapping, app.schemas)
    plan = drop_repeated(plan, _last_writes(app, plan), current, app.schemas, app.salesforce.user_id())
    if not app.mapping.people.recreate_deleted:
        plan = keep_deleted(plan, _loaded_members(app, facts, plan))
    return with_key_field(plan, app.mapping, app.schemas, app.hmac_key())


def _is_no_campaign_update(changes: pd.DataFrame) -> pd.Series:
    """Which changes a run that lists nothing may make: what it knows of a session may be older than its Campaign."""
    return (changes["object"] != SObject.CAMPAIGN) | (changes["action"] == Action.CREATE)


def _last_writes(app: AppContext, plan: Plan) -> pd.DataFrame:
    """The last writes of the fields that the plan updates."""
    updates = updated_fields(plan)
    return audit_log.last_writes(app.state, updates["record_id"], updates["field"].unique())


def _loaded_members(app: AppContext, facts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Members that earlier runs left in Salesforce, of the people that the plan creates members for.

    A Campaign that was created again with the same id, as in an org that is set up again, has none of them.
    """
    replaced = plan.campaigns["session_id"].isin(replaced_campaigns(facts, plan.campaigns))
    loaded = registrations_state.loaded_members(app.state, created_members(plan)["record_id"].unique())
    return loaded[~loaded["campaign_id"].isin(plan.campaigns.loc[replaced, "campaign_id"])]


def _read_current(app: AppContext, facts: pd.DataFrame, registrations: pd.DataFrame) -> CurrentState:
    """The current state; read again with new describe results if a cached field no longer exists."""
    try:
        return read_current(app, facts, registrations)
    except ConfigError:
        if not app.discard_schemas():
            raise
        return read_current(app, facts, registrations)


def replan(run: TaskRun) -> Plan:
    """The plan of this run, computed from the current state of Salesforce."""
    return plan_now(run, scoped_facts(run), run.folder.read("registrations"))


def scoped_facts(run: TaskRun) -> pd.DataFrame:
    """Campaign facts of the run's sessions in scope."""
    sessions = run.folder.read("sessions")
    scoped = sessions[sessions["scope"].astype(bool)]
    outcomes, now = outcomes_of(run), pd.Timestamp(run.folder.read_json("discover")["now"])
    read_in_full = outcomes.loc[outcomes["state"] == ReadState.FULL, "session_id"]
    minutes = run.app.mapping.reading.attendance_minutes
    awaiting = sessions_awaiting_attendance(scoped, read_in_full, now, minutes)
    listed = session_listings.load_named(run.app.state)
    events = run.folder.read("events")
    # names depend on all sessions
    facts = campaign_facts(sessions, events, run.app.mapping, awaiting, listed, name_length=_name_length(run))
    waits = facts["backfill"].astype(bool) & facts["deferred"].astype(bool)  # its Campaign is created when it is read
    return facts[facts["scope"].astype(bool) & ~waits]


def _name_length(run: TaskRun) -> int:
    """Characters of Campaign.Name in this org; those of Salesforce if its describe does not contain the field."""
    name = run.app.schemas[SObject.CAMPAIGN].fields.get("Name")
    return min((name and name.length) or NAME_LENGTH, NAME_LENGTH)
