"""Members that an org rejects because their Campaign is closed (field A13).

A Campaign is closed after its members. If it was closed before, by the run that created it after the end of the webinar
or by an earlier run, an org that freezes the members of closed Campaigns rejects them all. The Campaign is not opened
for them: a change of its status would start the org's automation, and nobody approved it.
"""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, soql
from livestorm_salesforce.domain.plan.closing import FROZEN_CODES, is_closed
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import RowOutcome
from livestorm_salesforce.problems import ProblemCode
from livestorm_salesforce.runs.task_run import TaskRun

STATE = ("Status", "IsActive")


def name_frozen(run: TaskRun, changes: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Results in which rejected members of closed Campaigns have a code of their own.

    They wait in quarantine until a person changes the org's rule or reopens the Campaign.

    Args:
        changes: the changes that were sent, with `campaign_id`.
        results: their results.
    """
    is_rejected = (results["outcome"] == RowOutcome.REFUSED) & results["code"].isin(FROZEN_CODES)
    rejected = changes[changes["change_id"].isin(results.loc[is_rejected, "change_id"])]
    if rejected.empty:
        return results
    frozen = rejected.loc[rejected["campaign_id"].isin(_closed(run, rejected["campaign_id"])), "change_id"]
    is_frozen = is_rejected & results["change_id"].isin(frozen)
    return results.assign(code=results["code"].mask(is_frozen, str(ProblemCode.MEMBER_FROZEN)))


def _closed(run: TaskRun, campaign_ids: pd.Series) -> pd.Series:
    """Ids of the closed ones of these Campaigns."""
    fields = ["Id", *(name for name in STATE if run.app.schemas["Campaign"].has(name))]
    records = run.app.salesforce.query(Query("Campaign", fields, [soql.in_list("Id", campaign_ids)]))
    rows = pd.DataFrame(records, columns=fields, dtype="object")
    return normalize.long_id(rows.loc[is_closed(rows, run.app.mapping), "Id"])
