"""Write Campaigns and their member statuses, and read the statuses back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Create, Query, RowResult, Update, Upsert, soql
from livestorm_salesforce.domain.plan import payload, stored_statuses
from livestorm_salesforce.domain.plan.closing import is_after_members
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.record_links import linked_campaigns
from livestorm_salesforce.domain.plan.statuses import diff_statuses
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.readers.salesforce import STATUS_FIELDS
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import planner
from livestorm_salesforce.writers import audit_writer, plan_executor, recovery, row_sender
from livestorm_salesforce.writers.row_sender import STATUS_RESULTS, Group, RowResults

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
        recovery.recover(run)
        with run.app.lock("campaigns"):
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
    """Write Campaigns and statuses, read the statuses back, and correct once what the org's own defaults left
    different.

    Statuses of new Campaigns are written in the call that creates these, and refer to them by their external id. Where
    Salesforce does not carry that out, or creates a Campaign only without a rejected value, they are written after it.
    """
    groups, statuses = _campaign_groups(run, plan), plan.changes[plan.changes["object"] == STATUS]
    planned = stored_statuses.campaigns_to_configure(plan, plan.campaigns)
    planned = planned[planned["campaign_id"].notna() | planned["campaign_ref"].isin(_created(plan)["campaign_ref"])]
    stored, results = _first_calls(run, plan, planned, groups, row_results)
    campaigns = row_sender.resend_rejected(run.app.salesforce, groups, row_results)
    links = linked_campaigns(plan, campaigns)
    existing = stored_statuses.campaigns_to_configure(plan, links).dropna(subset="campaign_id")
    late = existing[~existing["campaign_id"].isin(stored["CampaignId"])]
    parts = [(stored, results), _write_statuses(run, late, statuses, plan.fields)]
    created, corrected = diff_statuses(existing, pd.concat([part for part, _ in parts]), run.app.mapping)
    if len(created) or len(corrected):
        parts.append(_write_statuses(run, existing, *stored_statuses.correction_changes(created, corrected)))
    return _Sent(campaigns, *_last_state(parts, existing))


def _last_state(
    parts: list[tuple[pd.DataFrame, pd.DataFrame]], campaigns: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`statuses` and `status_results` of `_Sent` after several writes; statuses of Campaigns without id are left
    out."""
    refs = campaigns.set_index("campaign_id")["campaign_ref"]
    stored = pd.concat([part for part, _ in parts]).drop_duplicates("Id", keep="last", ignore_index=True)
    stored = stored.assign(campaign_ref=stored["CampaignId"].map(refs)).astype("str")
    results = pd.concat([part for _, part in parts], ignore_index=True)
    ids = campaigns.set_index("campaign_ref")["campaign_id"]
    results = row_sender.statuses_frame(
        results.assign(campaign_id=results["campaign_ref"].map(ids)).dropna(subset="campaign_id")
    )
    results = results.drop_duplicates(["campaign_id", "source_key", "action"], keep="last")
    return stored, stored_statuses.without_existing(results, stored)


def _first_calls(
    run: TaskRun, plan: Plan, planned: pd.DataFrame, groups: list[Group], row_results: RowResults
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the Campaigns and the planned statuses with as few calls as possible; returns the statuses read back and
    the results. Both are empty if Salesforce does not accept these requests together."""
    if any(row_sender.uses_bulk(len(group.rows)) for group in groups):
        row_sender.send_groups(run.app.salesforce, groups, row_results)
        return _nothing()
    statuses = plan.changes[plan.changes["object"] == STATUS]
    try:
        return _write_statuses(run, planned, statuses, plan.fields, groups, row_results)
    except ConfigError:
        if planned["campaign_id"].notna().all():
            raise
        unsent = [
            replace(group, rows=[row for row in group.rows if row[0] not in row_results.results]) for group in groups
        ]
        row_sender.send_groups(run.app.salesforce, unsent, row_results)
        return _nothing()


def _nothing() -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.DataFrame(columns=STATUS_FIELDS, dtype="object"), pd.DataFrame(
        columns=["campaign_ref", *STATUS_RESULTS], dtype="str"
    )


def _created(plan: Plan) -> pd.DataFrame:
    return plan.changes[(plan.changes["object"] == "Campaign") & (plan.changes["action"] == "create")]


def _campaign_groups(run: TaskRun, plan: Plan) -> list[Group]:
    """New Campaigns are upserted by the unique external id: a repeated request creates no second Campaign."""
    schema, external_id = run.app.schemas["Campaign"], run.app.mapping.campaign.external_id
    changes = plan.changes[plan.changes["object"] == "Campaign"]
    created = list(payload.to_records(plan, _created(plan), schema))
    updated = payload.to_updates(plan, changes[changes["action"] == "update"], schema)
    groups = [
        Group(partial(Upsert, "Campaign", external_id), created),
        Group(partial(Update, "Campaign"), updated),
    ]
    return [group for group in groups if group.rows]


def _write_statuses(
    run: TaskRun,
    campaigns: pd.DataFrame,
    changes: pd.DataFrame,
    fields: pd.DataFrame,
    before: Sequence[Group] = (),
    before_results: RowResults | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the statuses of these Campaigns and read all of theirs in the same request; returns them and the
    results.

    Args:
        campaigns: campaign_ref, campaign_id (null: created by `before`).
        before: Campaigns to write first, in the same request; `before_results` receives their results.
    """
    if campaigns.empty and not before:
        return _nothing()
    changes = changes[changes["campaign_ref"].isin(campaigns["campaign_ref"])].reset_index(drop=True)
    plan = Plan(changes, fields, *(pd.DataFrame() for _ in range(4)))
    groups, row_results = _status_groups(run, plan, campaigns), RowResults()
    first = row_sender.result_collector(list(before), before_results or RowResults())
    second = row_sender.result_collector(groups, row_results)

    def collect(request: int, rows: dict[int, RowResult]) -> None:
        is_before = request < len(before)
        (first if is_before else second)(request if is_before else request - len(before), rows)

    queries = _status_queries(campaigns, run.app.mapping.campaign.external_id)
    requests = [*(group.to_request() for group in (*before, *groups)), *queries]
    try:
        responses = run.app.salesforce.execute(requests, on_rows=collect)
    finally:
        audit_writer.append_results(run, plan, row_results.frame())
    records = [record for response in responses[len(before) + len(groups) :] for record in response]
    stored = pd.DataFrame(records, columns=STATUS_FIELDS, dtype="object")
    results = row_results.frame().merge(changes.drop(columns="record_id"), on="change_id")
    return stored.assign(CampaignId=normalize.long_id(stored["CampaignId"])), results


def _status_queries(campaigns: pd.DataFrame, external_id: str) -> list[Query]:
    """All statuses of these Campaigns, found by the Campaign's id, or by its external id where it is just created."""
    is_new = campaigns["campaign_id"].isna()
    found_by = {
        "CampaignId": campaigns.loc[~is_new, "campaign_id"],
        f"Campaign.{external_id}": campaigns.loc[is_new, "campaign_ref"],
    }
    return [Query(STATUS, STATUS_FIELDS, [soql.in_list(field, keys)]) for field, keys in found_by.items() if len(keys)]


def _status_groups(run: TaskRun, plan: Plan, campaigns: pd.DataFrame) -> list[Group]:
    """Statuses to create, each with its Campaign, and to update."""
    schema, changes, external_id = run.app.schemas[STATUS], plan.changes, run.app.mapping.campaign.external_id
    ids = campaigns.set_index("campaign_ref")["campaign_id"]
    parents = {
        ref: {"Campaign": {external_id: ref}} if pd.isna(record_id) else {"CampaignId": record_id}
        for ref, record_id in ids.items()
    }
    refs = changes.set_index("change_id")["campaign_ref"]
    records = payload.to_records(plan, changes[changes["action"] == "create"], schema)
    created = [(change, {**parents[refs[change]], **record}) for change, record in records]
    updated = payload.to_updates(plan, changes[changes["action"] == "update"], schema)
    groups = [Group(partial(Create, STATUS), created), Group(partial(Update, STATUS), updated)]
    return [group for group in groups if group.rows]
