"""Write the members of a batch of Campaigns, verify the stored statuses, then close the Campaigns that are over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Create, Query, Update, soql
from livestorm_salesforce.domain.plan import payload, stored_statuses
from livestorm_salesforce.domain.plan.closing import is_after_members, open_campaigns
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.record_links import PERSON_FIELDS, parent_fields, with_record_ids
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import RowOutcome
from livestorm_salesforce.readers.salesforce import STATUS_FIELDS
from livestorm_salesforce.runs.plan_files import plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import approval, planner
from livestorm_salesforce.writers import plan_executor, row_sender
from livestorm_salesforce.writers.closed_campaigns import name_frozen
from livestorm_salesforce.writers.existing_members import supersede_existing
from livestorm_salesforce.writers.row_sender import Group, RowResults

MEMBER, STATUS = "CampaignMember", "CampaignMemberStatus"


@dataclass(frozen=True)
class _Sent:
    """Attributes:
    members: results of the members.
    closings: results of the changes that close their Campaigns.
    """

    members: pd.DataFrame
    closings: pd.DataFrame


def load_members(run: TaskRun, batch: int) -> dict[str, Any]:
    """Create and update the members of one batch of Campaigns, then close those that are over. Stores a result per
    change.

    Args:
        batch: position in `member_batches` of the plan; one that a newer plan does not have is skipped.
    """
    batches = plan_document(run.folder)["member_batches"]
    if batch >= len(batches):
        return {}
    with run.counted(), run.app.locks.hold("members"):
        approval.require_approved(run)
        selects = partial(_selects, batches[batch])
        execution = plan_executor.execute_plan(run, selects, partial(_send, run), planner.replan)
    results = plan_executor.with_superseded(execution.sent.members, execution.superseded)
    plan_executor.folder(run).write(f"closings-{batch:03d}-results", execution.sent.closings)
    plan_executor.folder(run).write(f"members-{batch:03d}-results", results)
    return dict(plan_executor.count_outcomes(results))


def _selects(campaigns: list[str], changes: pd.DataFrame) -> pd.Series:
    return ((changes["object"] == MEMBER) | is_after_members(changes)) & changes["campaign_ref"].isin(campaigns)


def _send(run: TaskRun, plan: Plan, row_results: RowResults) -> _Sent:
    members = plan.only(lambda changes: changes["object"] == MEMBER)
    results = _send_members(run, members, row_results)
    return _Sent(results, _close_campaigns(run, plan, open_campaigns(members.changes, results), row_results))


def _close_campaigns(run: TaskRun, plan: Plan, still_open: set[str], row_results: RowResults) -> pd.DataFrame:
    """Close the Campaigns whose members are all written; returns the results."""
    closes = plan.changes[plan.changes["object"] == "Campaign"]
    is_open = closes["campaign_ref"].isin(still_open)
    records = payload.to_updates(plan, closes[~is_open], run.app.schemas["Campaign"])
    sent = row_sender.send_groups(run.app.salesforce, [Group(partial(Update, "Campaign"), records)], row_results)
    return plan_executor.with_superseded(sent, closes.loc[is_open, "change_id"])


def _send_members(run: TaskRun, plan: Plan, row_results: RowResults) -> pd.DataFrame:
    changes = _with_record_ids(run, plan)
    offered = _offered_statuses(run)
    has_records = changes["campaign_id"].notna() & (changes["person_id"].notna() | (changes["action"] == "update"))
    missing = row_sender.as_results(stored_statuses.missing_statuses(plan, changes[has_records], offered))
    writable = changes[has_records & ~changes["change_id"].isin(missing["change_id"])]
    sent = row_sender.send_groups(run.app.salesforce, _groups(run, plan, writable), row_results)
    sent = supersede_existing(run, writable, name_frozen(run, writable, sent))
    unsent = changes.loc[~has_records, ["change_id"]].assign(outcome=_outcome_without_records(run))
    results = pd.concat([sent, missing, unsent], ignore_index=True)
    return _verify_statuses(run, plan, writable, results, offered)


def _with_record_ids(run: TaskRun, plan: Plan) -> pd.DataFrame:
    """The member changes in the order of their Campaigns, with the record ids that the earlier loads stored."""
    changes = plan.changes.sort_values(["campaign_ref", "change_id"])
    campaigns = plan_executor.read_or_default(run, "campaigns-links", plan.campaigns)
    people = plan_executor.read_or_default(run, "people-links", plan.people)
    return with_record_ids(changes, campaigns, plan.people, people)


def _offered_statuses(run: TaskRun) -> pd.DataFrame:
    none = pd.DataFrame(columns=["campaign_ref", *STATUS_FIELDS], dtype="str")
    return plan_executor.read_or_default(run, "statuses", none)


def _outcome_without_records(run: TaskRun) -> RowOutcome:
    """The outcome of members without Campaign or person: superseded if the earlier loads finished, because a refused
    Campaign or person is reported with its own code; otherwise not loaded."""
    results = plan_executor.folder(run)
    is_loaded = all(results.has(f"{name}-links.parquet") for name in ("campaigns", "people"))
    return RowOutcome.SUPERSEDED if is_loaded else RowOutcome.NOT_LOADED


def _groups(run: TaskRun, plan: Plan, writable: pd.DataFrame) -> list[Group]:
    schema = run.app.schemas[MEMBER]
    new = writable[writable["action"] == "create"]
    parents = parent_fields(new)
    created = [(change, parents[change] | record) for change, record in payload.to_records(plan, new, schema)]
    updated = payload.to_updates(plan, writable[writable["action"] == "update"], schema)
    return [
        Group(partial(Create, MEMBER), created, ("CampaignId", *PERSON_FIELDS.values())),
        Group(partial(Update, MEMBER), updated),
    ]


def _verify_statuses(
    run: TaskRun, plan: Plan, changes: pd.DataFrame, results: pd.DataFrame, offered: pd.DataFrame
) -> pd.DataFrame:
    """Results in which members whose status Salesforce replaced are refused.

    Only members that hold none of the sent statuses are read: usually none. The statuses of their Campaigns tell a
    replaced status from one that a flow set.
    """
    registered = run.app.mapping.statuses.registered.label
    sent = stored_statuses.statuses_to_verify(plan, changes, results, offered, registered)
    queries = [
        *_other_statuses(sent.of_campaign, "CampaignId", "campaign_id"),
        *_other_statuses(sent.of_member, "Id", "record_id"),
    ]
    if not queries:
        return results
    stored = _read_frame(run, queries, ["Id", "CampaignId", "Status"])
    stored = stored[stored["Id"].isin(normalize.long_id(results["record_id"]))]
    if stored.empty:
        return results
    of_campaigns = [Query(STATUS, STATUS_FIELDS, [soql.in_list("CampaignId", stored["CampaignId"])])]
    return stored_statuses.with_replaced(results, sent, stored, _read_frame(run, of_campaigns, STATUS_FIELDS))


def _read_frame(run: TaskRun, queries: list[Query], fields: list[str]) -> pd.DataFrame:
    """The records of all queries, each once, with ids of 18 characters."""
    records = [record for response in run.app.salesforce.execute(queries) for record in response]
    rows = pd.DataFrame(records, columns=fields, dtype="object")
    rows["Id"], rows["CampaignId"] = normalize.long_id(rows["Id"]), normalize.long_id(rows["CampaignId"])
    return rows.drop_duplicates("Id", ignore_index=True)


def _other_statuses(sent: pd.DataFrame, field: str, column: str) -> list[Query]:
    """A query for the members that hold none of the sent statuses, found by a field and a column of `sent`."""
    if sent.empty:
        return []
    labels = [soql.not_equals("Status", label) for label in sorted(sent["after"].unique())]
    fields = ["Id", "CampaignId", *PERSON_FIELDS.values(), "Status"]
    return [Query(MEMBER, fields, [soql.in_list(field, sent[column]), *labels])]
