"""Write Campaigns and their statuses, and read the statuses back: Salesforce silently replaces one it lacks."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Create, Query, Update, Upsert, soql
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.plan.statuses import diff_statuses
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.contracts import CHANGES, FIELDS
from livestorm_salesforce.enums import RowOutcome
from livestorm_salesforce.readers.salesforce import STATUS_FIELDS
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks import planner, undo
from livestorm_salesforce.writers import audit_writer, plan_executor, row_sender, write_ahead_log
from livestorm_salesforce.writers.row_sender import Group, RowResults

RESULTS = "campaigns"


def load_campaigns(run: TaskRun) -> dict[str, Any]:
    """Make and update Campaigns, then statuses; leave results, Campaign ids and the statuses as read back.

    The first load of a run also looks for what loads and undos before it wrote unheard.
    """
    with run.counted():
        undo.settle(run)
        write_ahead_log.recover(run, lambda *plans: _existing_statuses(run, *plans))
        return _load(run)


def _load(run: TaskRun) -> dict[str, Any]:
    with run.app.lock("campaigns"):
        plan, (results, statuses, row_results), _ = plan_executor.execute_plan(
            run,
            _selects,
            lambda current, row_results: _send(run, current, row_results),
            planner.replan,
            lambda *plans: _existing_statuses(run, *plans),
        )
    folder = plan_executor.folder(run)
    folder.write(f"{RESULTS}-results", results)
    folder.write(f"{RESULTS}-links", linked_campaigns(plan, results))
    folder.write("statuses", statuses)
    folder.write("statuses-results", row_results)
    return {outcome: int(count) for outcome, count in results["outcome"].value_counts().items()}


def _selects(changes: pd.DataFrame) -> pd.Series:
    return changes["object"].isin(["Campaign", "CampaignMemberStatus"])


def _existing_statuses(run: TaskRun, planned: Plan, fresh: Plan) -> pd.DataFrame:
    """The statuses that were to be made and that there are now: object, key, campaign, record_id."""
    wanted = planned.changes[planned.changes["object"] == "CampaignMemberStatus"]
    places = wanted[["object", "source_key", "campaign_ref"]].merge(
        fresh.campaigns[["campaign_ref", "campaign_id"]].dropna()
    )
    campaigns = soql.in_list("CampaignId", places["campaign_id"])
    rows = run.app.salesforce.query(Query("CampaignMemberStatus", STATUS_FIELDS, [campaigns]))
    held = pd.DataFrame(rows, columns=STATUS_FIELDS, dtype="object").astype("str")
    held = pd.DataFrame(
        {
            "campaign_id": normalize.long_id(held["CampaignId"]),
            "label": held["Label"].str.lower(),
            "record_id": held["Id"],
        }
    )
    found = places.assign(label=places["source_key"].str.lower()).merge(held, on=["campaign_id", "label"])
    return found[["object", "source_key", "campaign_ref", "record_id"]].drop_duplicates(["source_key", "campaign_ref"])


def _send(run: TaskRun, plan: Plan, row_results: RowResults) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    campaigns = _send_campaigns(run, plan, row_results)
    return campaigns, *_send_statuses(run, plan, linked_campaigns(plan, campaigns))


def _send_campaigns(run: TaskRun, plan: Plan, row_results: RowResults) -> pd.DataFrame:
    """New ones by upsert on the unique external id: repeating it, or a second run, makes no second Campaign."""
    schema, key = run.app.schemas["Campaign"], run.app.mapping.campaign.external_id
    changes = plan.changes[plan.changes["object"] == "Campaign"]
    new = list(row_sender.to_records(plan, changes[changes["action"] == "create"], schema))
    old = changes[changes["action"] == "update"]
    edits = row_sender.to_updates(plan, old, schema)
    groups = [Group(partial(Upsert, "Campaign", key), new), Group(partial(Update, "Campaign"), edits)]
    return row_sender.send_groups(run.app.salesforce, groups, row_results)


def linked_campaigns(plan: Plan, results: pd.DataFrame) -> pd.DataFrame:
    """The Campaign of each session after the load: campaign_ref, session_id, campaign_id (null where there is none)."""
    made = plan.changes[(plan.changes["action"] == "create") & (plan.changes["object"] == "Campaign")]
    done = made.merge(results[results["outcome"] == RowOutcome.DONE], on="change_id", suffixes=("", "_new"))
    links = plan.campaigns[["campaign_ref", "session_id", "campaign_id", "campaign_created", "linked"]].copy()
    new = links["session_id"].map(done.set_index("source_key")["record_id_new"])
    links["campaign_id"] = links["campaign_id"].fillna(normalize.long_id(new))
    return links


def _send_statuses(run: TaskRun, plan: Plan, links: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the statuses and read them back in the same request; correct what the org's own defaults left different.

    Returns:
        the statuses as read back, and what Salesforce said to each that was sent: columns `sending.STATUS_RESULTS`.
    """
    touched = _campaigns_to_configure(plan, links)
    if touched.empty:
        return pd.DataFrame(columns=["campaign_ref", *STATUS_FIELDS], dtype="str"), row_sender.statuses_frame()
    changes = plan.changes[plan.changes["object"] == "CampaignMemberStatus"]
    statuses, row_results = _write_statuses(run, touched, changes, plan.fields)
    made, corrected = diff_statuses(touched, statuses, run.app.mapping)
    if len(made) or len(corrected):
        again, fields = _as_changes(made, corrected)
        statuses, last = _write_statuses(run, touched, again, fields)
        row_results = pd.concat([row_results, last]).drop_duplicates(
            ["campaign_id", "source_key", "action"], keep="last"
        )
    campaign = touched.set_index("campaign_id")["campaign_ref"]
    return statuses.assign(campaign_ref=statuses["CampaignId"].map(campaign)).astype("str"), _without_existing(
        row_results, statuses
    )


def _without_existing(row_results: pd.DataFrame, statuses: pd.DataFrame) -> pd.DataFrame:
    """Without refusals of statuses that are there all the same: somebody made them meanwhile."""
    offered = statuses["CampaignId"] + " " + statuses["Label"].str.lower()
    there = (row_results["campaign_id"] + " " + row_results["source_key"].str.lower()).isin(offered)
    return row_results[
        ~((row_results["outcome"] == RowOutcome.REFUSED) & (row_results["action"] == "create") & there)
    ].reset_index(drop=True)


def _campaigns_to_configure(plan: Plan, links: pd.DataFrame) -> pd.DataFrame:
    """Campaigns that are new, or whose statuses the plan changes."""
    changes = plan.changes[plan.changes["object"] == "CampaignMemberStatus"]
    wanted = links["campaign_ref"].isin(changes["campaign_ref"])
    return links[wanted & links["campaign_id"].notna()].drop_duplicates("campaign_ref")


def _write_statuses(
    run: TaskRun, touched: pd.DataFrame, changes: pd.DataFrame, fields: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    ids = touched.set_index("campaign_ref")["campaign_id"]
    here = changes[changes["campaign_ref"].isin(ids.index)].reset_index(drop=True)
    plan = Plan(here, fields, *(pd.DataFrame() for _ in range(4)))
    groups, row_results = _status_groups(run, plan, ids), RowResults()
    read = Query("CampaignMemberStatus", STATUS_FIELDS, [soql.in_list("CampaignId", ids)])
    writes = [group.request([record for _, record in group.rows]) for group in groups]
    try:
        answers = run.app.salesforce.execute([*writes, read], on_rows=row_sender.result_collector(groups, row_results))
    finally:
        audit_writer.append_results(run, plan, row_results.frame())
    statuses = pd.DataFrame(answers[-1], columns=STATUS_FIELDS, dtype="object")
    named = row_results.frame().merge(here.drop(columns="record_id"), on="change_id")
    named = named.assign(campaign_id=named["campaign_ref"].map(ids))
    return statuses.assign(CampaignId=normalize.long_id(statuses["CampaignId"])), row_sender.statuses_frame(named)


def _status_groups(run: TaskRun, plan: Plan, ids: pd.Series) -> list[Group]:
    """Statuses to make, each with its Campaign, and to correct; `ids`: Campaign id by our reference."""
    schema, changes = run.app.schemas["CampaignMemberStatus"], plan.changes
    campaign = changes.set_index("change_id")["campaign_ref"].map(ids)
    made = row_sender.to_records(plan, changes[changes["action"] == "create"], schema)
    new = [(change, {"CampaignId": campaign[change], **record}) for change, record in made]
    edits = row_sender.to_updates(plan, changes[changes["action"] == "update"], schema)
    groups = [
        Group(partial(Create, "CampaignMemberStatus"), new),
        Group(partial(Update, "CampaignMemberStatus"), edits),
    ]
    return [group for group in groups if group.rows]


def _as_changes(made: pd.DataFrame, corrected: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    both = pd.concat([made.assign(action="create"), corrected.assign(action="update")], ignore_index=True)
    both["change_id"] = both.groupby(["campaign_ref", "label", "action"]).ngroup().astype("int64")
    both = both.assign(
        object="CampaignMemberStatus", source_key=both["label"], reason="status differs from the mapping"
    )
    return both.drop_duplicates("change_id")[list(CHANGES.columns)], both[list(FIELDS.columns)]
