"""Find planned member statuses that exist in Salesforce: plans do not contain the ids of existing statuses."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.readers.salesforce import STATUS_FIELDS
from livestorm_salesforce.runs.task_run import TaskRun


def find_created_statuses(run: TaskRun, planned: Plan, fresh: Plan) -> pd.DataFrame:
    """The planned statuses that exist: object, source_key, campaign_ref, record_id. No call if the plan
    contains none.

    Args:
        fresh: a plan made from a new reading; it contains the Campaign ids.
    """
    wanted = planned.changes[planned.changes["object"] == "CampaignMemberStatus"]
    rows = wanted[["object", "source_key", "campaign_ref"]].merge(
        fresh.campaigns[["campaign_ref", "campaign_id"]].dropna()
    )
    query = Query("CampaignMemberStatus", STATUS_FIELDS, [soql.in_list("CampaignId", rows["campaign_id"])])
    stored = pd.DataFrame(run.app.salesforce.query(query), columns=STATUS_FIELDS, dtype="object").astype("str")
    stored = pd.DataFrame(
        {"campaign_id": normalize.long_id(stored["CampaignId"]), "label": stored["Label"].str.lower(),
         "record_id": stored["Id"]}
    )  # fmt: skip
    found = rows.assign(label=rows["source_key"].str.lower()).merge(stored, on=["campaign_id", "label"])
    return found[["object", "source_key", "campaign_ref", "record_id"]].drop_duplicates(["source_key", "campaign_ref"])
