"""Write Contacts and Leads. One task of one run at a time: two must never make the same person."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from include.livestorm_salesforce.clients.salesforce import Create, Update
from include.livestorm_salesforce.core.plan import Plan
from include.livestorm_salesforce.pipeline import loading
from include.livestorm_salesforce.pipeline.loading import Group, Told
from include.livestorm_salesforce.pipeline.run import Run

RESULTS = "people"


def load_people(run: Run) -> dict[str, Any]:
    """Make and update people; leave the plan in force and a result per change in the run folder."""
    with run.counted(), run.alone("people"):
        plan, results = loading.carry_out(run, _mine, lambda current, told: _send(run, current, told))
    folder = loading.folder(run)
    folder.write(f"{RESULTS}-results", results)
    folder.write(f"{RESULTS}-links", linked_people(plan, results))
    return {outcome: int(count) for outcome, count in results["outcome"].value_counts().items()}


def _mine(changes: pd.DataFrame) -> pd.Series:
    return changes["object"].isin(["Contact", "Lead"])


def _send(run: Run, plan: Plan, told: Told) -> pd.DataFrame:
    groups = [group for sobject in ("Contact", "Lead") for group in _groups(run, plan, sobject)]
    return loading.send_groups(run.salesforce, groups, told)


def _groups(run: Run, plan: Plan, sobject: str) -> list[Group]:
    changes, schema = plan.changes[plan.changes["object"] == sobject], run.schemas[sobject]
    new = list(loading.records_of(plan, changes[changes["action"] == "create"], schema))
    old = changes[changes["action"] == "update"]
    ids = old.set_index("change_id")["record_id"]
    edits = [(change, {"Id": ids[change], **record}) for change, record in loading.records_of(plan, old, schema)]
    return [Group(partial(Create, sobject), new, ("Email",)), Group(partial(Update, sobject), edits)]


def linked_people(plan: Plan, results: pd.DataFrame) -> pd.DataFrame:
    """The record of each person after the load: key, object, record_id (null where there is none)."""
    made = plan.changes[(plan.changes["action"] == "create") & plan.changes["object"].isin(["Lead", "Contact"])]
    ids = made.merge(results[results["outcome"] == "done"], on="change_id", suffixes=("", "_new"))
    people = plan.people[["key", "object", "record_id"]].copy()
    people["record_id"] = people["record_id"].fillna(
        people["key"].map(ids.set_index("key")["record_id_new"]).astype("str")
    )
    return people
