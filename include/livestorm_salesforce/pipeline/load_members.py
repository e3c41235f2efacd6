"""Write the members of some Campaigns, one Campaign after the other, and compare the statuses that were stored."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from include.livestorm_salesforce.clients import soql
from include.livestorm_salesforce.clients.salesforce import Create, Query, Update
from include.livestorm_salesforce.core import canonical as canon
from include.livestorm_salesforce.core.lookup import found_in
from include.livestorm_salesforce.core.plan import Plan
from include.livestorm_salesforce.pipeline import loading, sending
from include.livestorm_salesforce.pipeline.plans import plan_document
from include.livestorm_salesforce.pipeline.run import Run
from include.livestorm_salesforce.pipeline.sending import Group, Told

PERSON = {"Lead": "LeadId", "Contact": "ContactId"}
READ_BACK = ["Id", "CampaignId", "LeadId", "ContactId", "Status"]


def load_members(run: Run, batch: int) -> dict[str, Any]:
    """Make and update the members of one batch of Campaigns; leave a result per change in the run folder."""
    batches = plan_document(run)["member_batches"]
    if batch >= len(batches):
        return {}  # the plan was made anew since, and has fewer batches
    campaigns = batches[batch]
    with run.counted(), run.alone("members"):
        _, results = loading.carry_out(
            run,
            lambda changes: (changes["object"] == "CampaignMember") & changes["campaign"].isin(campaigns),
            lambda current, told: _send(run, current, told),
        )
    loading.folder(run).write(f"members-{batch:03d}-results", results)
    return {outcome: int(count) for outcome, count in results["outcome"].value_counts().items()}


def _send(run: Run, plan: Plan, told: Told) -> pd.DataFrame:
    placed = _placed(run, plan, plan.changes.sort_values(["campaign", "change_id"]))
    schema = run.schemas["CampaignMember"]
    writable = placed[placed["campaign_id"].notna() & (placed["person_id"].notna() | (placed["action"] == "update"))]
    new = writable[writable["action"] == "create"]
    old = writable[writable["action"] == "update"]
    hung_on = dict(zip(new["change_id"], _hung_on(new), strict=True))
    records = [(change, hung_on[change] | record) for change, record in sending.records_of(plan, new, schema)]
    edits = sending.edits_of(plan, old, schema)
    groups = [
        Group(partial(Create, "CampaignMember"), records, ("CampaignId", *PERSON.values())),
        Group(partial(Update, "CampaignMember"), edits),
    ]
    sent = sending.send_groups(run.salesforce, groups, told)
    waiting = placed.loc[~placed["change_id"].isin(writable["change_id"]), ["change_id"]].assign(outcome="unloaded")
    results = pd.concat([sent, waiting], ignore_index=True)
    return _compare_stored(run, plan, writable, results)


def _hung_on(new: pd.DataFrame) -> Iterator[dict[str, str]]:
    """The Campaign and the person of members to be made."""
    for campaign, kind, person in zip(new["campaign_id"], new["person"], new["person_id"], strict=True):
        yield {"CampaignId": campaign, PERSON[kind]: person}


def _placed(run: Run, plan: Plan, changes: pd.DataFrame) -> pd.DataFrame:
    """Each member change with the ids it hangs on, as the earlier loads left them. Somebody may have become another
    kind of record than planned: `load_people` may have read again and found a Contact typed in meanwhile."""
    campaigns = (
        loading.left(run, "campaigns-links", plan.campaigns)
        .drop_duplicates("campaign")
        .set_index("campaign")["campaign_id"]
    )
    loaded = loading.left(run, "people-links", plan.people)
    people = pd.concat([frame.dropna(subset="record_id") for frame in (plan.people, loaded)])
    return changes.assign(
        campaign_id=changes["campaign"].map(campaigns),
        person_id=found_in(changes["key"], people["key"], people["record_id"]),
        person=found_in(changes["key"], people["key"], people["object"]),
    )


def _compare_stored(run: Run, plan: Plan, changes: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Find members whose Status Salesforce replaced by the Campaign's default (object reference, CampaignMember).

    Only a status other than the default can have been replaced, so only members that do not show what was sent to
    them are read: none, as a rule.
    """
    sent = plan.fields[plan.fields["field"] == "Status"].merge(changes, on="change_id")
    risky = sent[sent["after"].str.lower() != run.mapping.statuses.registered.label.lower()]
    if risky.empty:
        return results
    others = " AND ".join(f"Status != {soql.quote(label)}" for label in sorted(risky["after"].unique()))
    wheres = soql.chunks("CampaignId", risky["campaign_id"].drop_duplicates().tolist())
    queries = [Query(soql.select("CampaignMember", READ_BACK, f"{where} AND {others}")) for where in wheres]
    rows = [record for answer in run.salesforce.execute(queries) for record in answer]
    shown = canon.long_id(pd.DataFrame(rows, columns=READ_BACK, dtype="object")["Id"])
    replaced = results["change_id"].isin(risky["change_id"]) & canon.long_id(results["record_id"]).isin(shown)
    message = "Salesforce stored the Campaign's default status instead: the Campaign does not offer the status."
    results.loc[replaced, ["outcome", "code", "message"]] = ["refused", "STATUS_REPLACED", message]
    return results
