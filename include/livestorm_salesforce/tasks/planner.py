"""Read the current state and compute the plan; used by the plan task and by every load that must plan again."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan import edit_protection
from livestorm_salesforce.domain.plan.campaign_facts import campaign_facts
from livestorm_salesforce.domain.plan.email_hmac import with_key_field
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.plan import make_plan
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.readers.salesforce import read_current
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import audit_log


def plan_now(run: TaskRun, facts: pd.DataFrame, registrations: pd.DataFrame) -> Plan:
    """Read and decide, for what may differ from what was loaded."""
    dirty = registrations[registrations["person_changed"] | registrations["member_changed"]]
    try:
        current = read_current(run, facts, dirty)
    except ConfigError:  # a field we remember may be gone: ask the org, and say which if the mapping needs it
        if not run.app.discard_schemas():
            raise
        current = read_current(run, facts, dirty)
    made = make_plan(facts, dirty, current, run.app.mapping, run.app.schemas)
    if len(edit_protection.protected_fields(run.app.mapping)):
        converted_fields = edit_protection.converted_fields(current.leads, run.app.mapping)
        written = audit_log.last_written(run.app.state, made.changes["record_id"].dropna(), converted_fields)
        made = edit_protection.keep_edits(made, written, run.app.mapping, run.app.schemas)
    return with_key_field(made, run.app.mapping, run.app.schemas, run.app.hmac_key())


def replan(run: TaskRun) -> Plan:
    """The plan of this run, made again from the present state of Salesforce."""
    return plan_now(run, scoped_facts(run), run.folder.read("registrations"))


def scoped_facts(run: TaskRun) -> pd.DataFrame:
    sessions = run.folder.read("sessions")
    scoped = sessions[sessions["scope"].astype(bool)]
    return campaign_facts(scoped, run.folder.read("events"), run.app.mapping)
