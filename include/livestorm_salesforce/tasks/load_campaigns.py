"""Write Campaigns and their member statuses, and read the statuses back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Create, Query, Update, Upsert, soql
from livestorm_salesforce.domain.plan import payload, stored_statuses
from livestorm_salesforce.domain.plan.closing import is_after_members
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.record_links import linked_campaigns
from livestorm_salesforce.domain.plan.statuses import diff_statuses
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.readers.salesforce import STATUS_FIELDS
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import approval, planner
from livestorm_salesforce.writers import audit_writer, plan_executor, recovery, row_sender
from livestorm_salesforce.writers.row_sender import Group, RowResults

RESULTS = "campaigns"
STATUS = "CampaignMemberStatus"


@dataclass(frozen=True)
class _Sent:
    """Attributes:
    campaigns: results of the Campaigns.
    statuses: the statuses as read back: campaign_ref and `STATUS_FIELDS`.
    status_results: columns `row_sender.STATUS_RESULTS`.
    """

    campaigns: pd.DataFrame
    statuses: pd.DataFrame
    status_results: pd.DataFrame


def load_campaigns(run: TaskRun) -> dict[str, Any]:
    """Create and update Campaigns, then their statuses. Stores results, Campaign ids and the statuses read back.

    Campaigns whose members change are closed by `load_members`. As the first load of a run it also recovers the
    intents of earlier loads and undos.
    """
    with run.counted():
        approval.require_approved(run)
        recovery.recover(run)
        with run.app.locks.hold("campaigns"):
            execution = plan_executor.execute_plan(run, _selects, partial(_send, run), planner.replan)
        sent, folder = execution.sent, plan_executor.folder(run)
        folder.write(f"{RESULTS}-results", sent.campaigns)
        folder.write(f"{RESULTS}-links", linked_campaigns(execution.plan, sent.campaigns))
        folder.write("statuses", sent.statuses)
        folder.write("statuses-results", sent.status_results)
        return dict(plan_executor.count_outcomes(sent.campaigns))


def _selects(changes: pd.DataFrame) -> pd.Series:
    return changes["object"].isin(["Campaign", STATUS]) & ~is_after_members(changes)


def _send(run: TaskRun, plan: Plan, row_results: RowResults) -> _Sent:
    campaigns = _send_campaigns(run, plan, row_results)
    links = linked_campaigns(plan, campaigns)
    return _Sent(campaigns, *_send_statuses(run, plan, stored_statuses.campaigns_to_configure(plan, links)))


def _send_campaigns(run: TaskRun, plan: Plan, row_results: RowResults) -> pd.DataFrame:
    """New Campaigns are upserted by the unique external id: a repeated request creates no second Campaign."""
    schema, external_id = run.app.schemas["Campaign"], run.app.mapping.campaign.external_id
    changes = plan.changes[plan.changes["object"] == "Campaign"]
    created = list(payload.to_records(plan, changes[changes["action"] == "create"], schema))
    updated = payload.to_updates(plan, changes[changes["action"] == "update"], schema)
    groups = [
        Group(partial(Upsert, "Campaign", external_id), created),
        Group(partial(Update, "Campaign"), updated),
    ]
    return row_sender.send_groups(run.app.salesforce, groups, row_results)


def _send_statuses(run: TaskRun, plan: Plan, campaigns: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the statuses, read them back, and correct once what the org's own defaults left different.

    Returns:
        `statuses` and `status_results` of `_Sent`.
    """
    if campaigns.empty:
        return pd.DataFrame(columns=["campaign_ref", *STATUS_FIELDS], dtype="str"), row_sender.statuses_frame()
    changes = plan.changes[plan.changes["object"] == STATUS]
    stored, results = _write_statuses(run, campaigns, changes, plan.fields)
    created, corrected = diff_statuses(campaigns, stored, run.app.mapping)
    if len(created) or len(corrected):
        changes, fields = stored_statuses.correction_changes(created, corrected)
        stored, last = _write_statuses(run, campaigns, changes, fields)
        results = pd.concat([results, last]).drop_duplicates(["campaign_id", "source_key", "action"], keep="last")
    refs = campaigns.set_index("campaign_id")["campaign_ref"]
    with_refs = stored.assign(campaign_ref=stored["CampaignId"].map(refs)).astype("str")
    return with_refs, stored_statuses.without_existing(results, stored)


def _write_statuses(
    run: TaskRun, campaigns: pd.DataFrame, changes: pd.DataFrame, fields: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the statuses of these Campaigns and read all of theirs in the same request; returns them and the
    results."""
    ids = campaigns.set_index("campaign_ref")["campaign_id"]
    changes = changes[changes["campaign_ref"].isin(ids.index)].reset_index(drop=True)
    plan = Plan(changes, fields, *(pd.DataFrame() for _ in range(4)))
    groups, row_results = _status_groups(run, plan, ids), RowResults()
    try:
        stored = _write_and_read(run, groups, row_results, ids)
    finally:
        audit_writer.append_results(run, plan, row_results.frame())
    results = row_results.frame().merge(changes.drop(columns="record_id"), on="change_id")
    return stored, row_sender.statuses_frame(results.assign(campaign_id=results["campaign_ref"].map(ids)))


def _write_and_read(run: TaskRun, groups: Sequence[Group], row_results: RowResults, ids: pd.Series) -> pd.DataFrame:
    query = Query(STATUS, STATUS_FIELDS, [soql.in_list("CampaignId", ids)])
    collect = row_sender.result_collector(list(groups), row_results)
    responses = run.app.salesforce.execute([*(group.to_request() for group in groups), query], on_rows=collect)
    stored = pd.DataFrame(responses[-1], columns=STATUS_FIELDS, dtype="object")
    return stored.assign(CampaignId=normalize.long_id(stored["CampaignId"]))


def _status_groups(run: TaskRun, plan: Plan, ids: pd.Series) -> list[Group]:
    """Statuses to create, each with its Campaign, and to update.

    Args:
        ids: Campaign id by `campaign_ref`.
    """
    schema, changes = run.app.schemas[STATUS], plan.changes
    campaigns = changes.set_index("change_id")["campaign_ref"].map(ids)
    records = payload.to_records(plan, changes[changes["action"] == "create"], schema)
    created = [(change, {"CampaignId": campaigns[change], **record}) for change, record in records]
    updated = payload.to_updates(plan, changes[changes["action"] == "update"], schema)
    groups = [Group(partial(Create, STATUS), created), Group(partial(Update, STATUS), updated)]
    return [group for group in groups if group.rows]
