"""Write the members of some Campaigns, one Campaign after the other, and compare the statuses that were stored."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Create, Query, Update, soql
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.joins import lookup
from livestorm_salesforce.enums import RowOutcome
from livestorm_salesforce.readers.salesforce import STATUS_FIELDS
from livestorm_salesforce.runs.plan_files import plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import planner
from livestorm_salesforce.writers import plan_executor, row_sender
from livestorm_salesforce.writers.row_sender import Group, RowResults

PERSON = {"Lead": "LeadId", "Contact": "ContactId"}
READ_BACK = ["Id", "CampaignId", "LeadId", "ContactId", "Status"]


def load_members(run: TaskRun, batch: int) -> dict[str, Any]:
    """Make and update the members of one batch of Campaigns; leave a result per change in the run folder."""
    batches = plan_document(run.folder)["member_batches"]
    if batch >= len(batches):
        return {}  # the plan was made anew since, and has fewer batches
    campaigns = batches[batch]
    with run.counted(), run.app.lock("members"):
        _, sent, superseded_ids = plan_executor.execute_plan(
            run,
            lambda changes: (changes["object"] == "CampaignMember") & changes["campaign_ref"].isin(campaigns),
            lambda current, row_results: _send(run, current, row_results),
            planner.replan,
        )
    results = plan_executor.with_superseded(sent, superseded_ids)
    plan_executor.folder(run).write(f"members-{batch:03d}-results", results)
    return {outcome: int(count) for outcome, count in results["outcome"].value_counts().items()}


def _send(run: TaskRun, plan: Plan, row_results: RowResults) -> pd.DataFrame:
    located = _with_record_ids(run, plan, plan.changes.sort_values(["campaign_ref", "change_id"]))
    there = located["campaign_id"].notna() & (located["person_id"].notna() | (located["action"] == "update"))
    offered = plan_executor.read_or_default(
        run, "statuses", pd.DataFrame(columns=["campaign_ref", *STATUS_FIELDS], dtype="str")
    )
    missing = _missing_statuses(plan, located[there], offered)
    writable = located[there & ~located["change_id"].isin(missing["change_id"])]
    sent = row_sender.send_groups(run.app.salesforce, _groups(run, plan, writable), row_results)
    waiting = located.loc[~there, ["change_id"]].assign(
        outcome=RowOutcome.SUPERSEDED if _all_loaded(run) else RowOutcome.NOT_LOADED
    )
    results = pd.concat([sent, missing, waiting], ignore_index=True)
    return _compare_stored(run, plan, writable, results, offered)


def _all_loaded(run: TaskRun) -> bool:
    """Whether the loads before this one came to an end: a Campaign or a person that is missing all the same was not
    refused by Salesforce, or its refusal is told, but has changed since the plan."""
    there = plan_executor.folder(run)
    return all(there.has(f"{name}-links.parquet") for name in ("campaigns", "people"))


def _groups(run: TaskRun, plan: Plan, writable: pd.DataFrame) -> list[Group]:
    schema = run.app.schemas["CampaignMember"]
    new = writable[writable["action"] == "create"]
    parents = dict(zip(new["change_id"], _parents(new), strict=True))
    records = [(change, parents[change] | record) for change, record in row_sender.to_records(plan, new, schema)]
    edits = row_sender.to_updates(plan, writable[writable["action"] == "update"], schema)
    return [
        Group(partial(Create, "CampaignMember"), records, ("CampaignId", *PERSON.values())),
        Group(partial(Update, "CampaignMember"), edits),
    ]


def _missing_statuses(plan: Plan, changes: pd.DataFrame, offered: pd.DataFrame) -> pd.DataFrame:
    """Members whose status their Campaign was found not to offer: they are refused, for Salesforce would store its
    default, and a status that is not ours is never touched again (Q2). Whoever is refused is tried again.

    Args:
        offered: statuses as `load_campaigns` read them back; of other Campaigns nothing is known.
    """
    sent = plan.fields[plan.fields["field"] == "Status"].merge(changes, on="change_id")
    sent = sent[sent["campaign_ref"].isin(offered["campaign_ref"])]
    labels = offered["campaign_ref"] + " " + offered["Label"].str.lower()
    sent = sent[~(sent["campaign_ref"] + " " + sent["after"].str.lower()).isin(labels)]
    rows = sent[["change_id"]].assign(
        outcome=RowOutcome.REFUSED,
        code="STATUS_MISSING",
        message="the Campaign does not offer the status '" + sent["after"] + "'",
        fields="Status",
    )
    return rows.reindex(columns=row_sender.RESULT_COLUMNS).astype(dict.fromkeys(row_sender.RESULT_COLUMNS[1:], "str"))


def _parents(new: pd.DataFrame) -> Iterator[dict[str, str]]:
    """The Campaign and the person of members to be made."""
    for campaign, kind, person in zip(new["campaign_id"], new["person"], new["person_id"], strict=True):
        yield {"CampaignId": campaign, PERSON[kind]: person}


def _with_record_ids(run: TaskRun, plan: Plan, changes: pd.DataFrame) -> pd.DataFrame:
    """Each member change with the ids it hangs on, as the earlier loads left them. Somebody may have become another
    kind of record than planned: `load_people` may have read again and found a Contact typed in meanwhile."""
    campaigns = (
        plan_executor.read_or_default(run, "campaigns-links", plan.campaigns)
        .drop_duplicates("campaign_ref")
        .set_index("campaign_ref")["campaign_id"]
    )
    loaded = plan_executor.read_or_default(run, "people-links", plan.people)
    people = pd.concat([frame.dropna(subset="record_id") for frame in (plan.people, loaded)])
    return changes.assign(
        campaign_id=changes["campaign_ref"].map(campaigns),
        person_id=lookup(changes["source_key"], people["email_key"], people["record_id"]),
        person=lookup(changes["source_key"], people["email_key"], people["object"]),
    )


def _compare_stored(
    run: TaskRun, plan: Plan, changes: pd.DataFrame, results: pd.DataFrame, offered: pd.DataFrame
) -> pd.DataFrame:
    """Find members whose Status Salesforce replaced by the Campaign's default (object reference, CampaignMember).

    Only a status other than the default can have been replaced, so only members that do not show what was sent to
    them are read: none, as a rule.
    """
    registered = run.app.mapping.statuses.registered.label.lower()
    done = results.loc[results["outcome"] == RowOutcome.DONE, ["change_id", "record_id"]]
    sent = plan.fields[plan.fields["field"] == "Status"].merge(changes.drop(columns="record_id"), on="change_id")
    sent = sent.merge(done, on="change_id")
    other = sent["campaign_ref"].isin(_other_default(plan, offered, registered))
    ours = ~other & (sent["after"].str.lower() != registered)
    queries = [*_not_as_sent(sent[ours], "CampaignId", "campaign_id"), *_not_as_sent(sent[other], "Id", "record_id")]
    return _replaced(run, queries, results, sent.loc[ours | other, "change_id"]) if queries else results


def _replaced(run: TaskRun, queries: list[Query], results: pd.DataFrame, asked: pd.Series) -> pd.DataFrame:
    rows = [record for answer in run.app.salesforce.execute(queries) for record in answer]
    shown = normalize.long_id(pd.DataFrame(rows, columns=READ_BACK, dtype="object")["Id"])
    replaced = results["change_id"].isin(asked) & normalize.long_id(results["record_id"]).isin(shown)
    message = "Salesforce stored the Campaign's default status instead: the Campaign does not offer the status."
    results.loc[replaced, ["outcome", "code", "message"]] = [RowOutcome.REFUSED, "STATUS_REPLACED", message]
    return results


def _other_default(plan: Plan, offered: pd.DataFrame, registered: str) -> set[str]:
    """Campaigns where the first status may be replaced too, because another one is the default: as it was read back,
    or on a linked Campaign, which keeps its own (Q8)."""
    default = offered[normalize.boolean(offered["IsDefault"]) == "true"]
    others = default.loc[default["Label"].str.lower() != registered, "campaign_ref"]
    return {*others, *plan.campaigns.loc[plan.campaigns["linked"].astype(bool), "campaign_ref"]}


def _not_as_sent(rows: pd.DataFrame, column: str, ours: str) -> list[Query]:
    """Queries for members that show none of the statuses that were sent; where a Campaign is not ours, among those sent
    alone, for it may have any number of members of its own."""
    if rows.empty:
        return []
    others = [soql.not_equals("Status", label) for label in sorted(rows["after"].unique())]
    return [Query("CampaignMember", READ_BACK, [soql.in_list(column, rows[ours]), *others])]
