"""Members that an org rejects because their Campaign is closed (field A13).

A Campaign is closed after its members. If it was closed before, by the run that created it after the end of the webinar
or by an earlier run, an org that freezes the members of closed Campaigns rejects them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from livestorm_salesforce.clients.salesforce import Query, Update, soql
from livestorm_salesforce.domain.plan.closing import FROZEN_CODES, is_closed
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.enums import RowOutcome
from livestorm_salesforce.problems import ProblemCode
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import registrations

STATE = ("Status", "IsActive")


def send_into_closed(
    run: TaskRun,
    plan: Plan,
    changes: pd.DataFrame,
    results: pd.DataFrame,
    send: Callable[[pd.DataFrame], pd.DataFrame],
) -> pd.DataFrame:
    """Results in which rejected members of closed Campaigns are written, or have a code of their own.

    The first members of a Campaign of this project are written while it is open for a moment. Later ones are not: the
    org wants them unchanged. They wait in quarantine until a person changes the org's rule or reopens the Campaign.

    Args:
        changes: the changes that were sent, with `campaign_id`.
        results: their results.
        send: sends changes again and returns their results.
    """
    is_rejected = (results["outcome"] == RowOutcome.REFUSED) & results["code"].isin(FROZEN_CODES)
    rejected = changes[changes["change_id"].isin(results.loc[is_rejected, "change_id"])]
    if rejected.empty:
        return results
    closed = _closed(run, rejected["campaign_id"])
    rejected = rejected[rejected["campaign_id"].isin(closed["Id"])]
    first = rejected[rejected["campaign_ref"].isin(_campaigns_without_members(run, plan))]
    if len(first):
        again = _send_while_open(run, closed[closed["Id"].isin(first["campaign_id"])], lambda: send(first))
        results = pd.concat([results[~results["change_id"].isin(again["change_id"])], again], ignore_index=True)
    is_frozen = results["change_id"].isin(rejected["change_id"]) & (results["outcome"] == RowOutcome.REFUSED)
    is_frozen &= results["code"].isin(FROZEN_CODES)
    return results.assign(code=results["code"].mask(is_frozen, str(ProblemCode.MEMBER_FROZEN)))


def _closed(run: TaskRun, campaign_ids: pd.Series) -> pd.DataFrame:
    """The closed ones of these Campaigns: Id and the fields of `STATE` that the user can read."""
    fields = ["Id", *(name for name in STATE if run.app.schemas["Campaign"].has(name))]
    records = run.app.salesforce.query(Query("Campaign", fields, [soql.in_list("Id", campaign_ids)]))
    rows = pd.DataFrame(records, columns=fields, dtype="object")
    return rows[is_closed(rows, run.app.mapping)].assign(Id=normalize.long_id(rows["Id"]))


def _campaigns_without_members(run: TaskRun, plan: Plan) -> set[str]:
    """Campaigns of this project in which no run has left a member."""
    own = plan.campaigns[~plan.campaigns["linked"].astype(bool)]
    loaded = registrations.load_row_hashes(run.app.state, own["session_id"].tolist())["session_id"]
    return set(own.loc[~own["session_id"].isin(loaded), "campaign_ref"])


def _send_while_open(run: TaskRun, campaigns: pd.DataFrame, send: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Send with open Campaigns; afterwards they are as they were.

    Args:
        campaigns: rows of `_closed`.
    """
    opened = {"Status": run.app.mapping.campaign.status.live, "IsActive": True}
    values = {name: value for name, value in opened.items() if name in campaigns and value is not None}
    closed: list[dict[str, Any]] = campaigns.to_dict("records")  # type: ignore[assignment]
    run.app.salesforce.execute([Update("Campaign", [one | values for one in closed])])
    try:
        return send()
    finally:
        run.app.salesforce.execute([Update("Campaign", closed)])
