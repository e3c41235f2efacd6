"""Problems of Campaigns and their statuses."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.report.row_results import LoadResults
from livestorm_salesforce.enums import Severity
from livestorm_salesforce.problems import Problem, ProblemCode

SHOWN_SESSIONS = 20
SHOWN_CAMPAIGNS = 5


def refused_campaigns(plan: Plan, campaign_results: pd.DataFrame) -> pd.DataFrame:
    """Sessions whose Campaign, or a change of it, was refused by Salesforce or before it was sent.

    Args:
        campaign_results: of the load of Campaigns; empty if it did not run.

    Returns:
        `session_id`, `code`, `message`, `is_intended`: a user deleted the Campaign, so it is not created again (Q7).
    """
    campaigns = plan.changes[plan.changes["object"] == "Campaign"]
    sent = campaign_results[campaign_results["outcome"] == "refused"].merge(campaigns, on="change_id")
    unsent = plan.refusals[plan.refusals["object"] == "Campaign"]
    rows = pd.concat([unsent, sent], ignore_index=True)[["source_key", "code", "message"]]
    rows = rows.rename(columns={"source_key": "session_id"}).astype("str")
    rows["code"] = rows["code"].fillna(str(ProblemCode.UNKNOWN))
    linked = rows["session_id"].isin(plan.campaigns.loc[plan.campaigns["linked"], "session_id"])
    return rows.assign(is_intended=(rows["code"] == ProblemCode.CAMPAIGN_DELETED) & ~linked)


def campaign_problems(refused: pd.DataFrame, results: LoadResults) -> list[Problem]:
    """Refused Campaigns per code, also of sessions without registrants, and a load of Campaigns that did not end.

    Args:
        refused: `refused_campaigns`.
    """
    found = [
        _campaign_problem(str(code), rows, Severity.NOTE if is_intended else Severity.REFUSED)
        for (code, is_intended), rows in refused.groupby(["code", "is_intended"])
    ]
    if results.campaigns is None and results.written:
        return [Problem(ProblemCode.NOT_LOADED, Severity.FAILED), *found]
    return found


def _campaign_problem(code: str, rows: pd.DataFrame, severity: Severity) -> Problem:
    public = f"of sessions {_shortened(rows['session_id'].tolist(), SHOWN_SESSIONS)}"
    return Problem(
        code if code.startswith("CAMPAIGN_") else f"CAMPAIGN_{code}",
        severity,
        len(rows),
        public,
        message=f"{public}: {rows['message'].iloc[0]}",
        remedy_code=code,
    )


def status_problems(results: pd.DataFrame) -> list[Problem]:
    """Refused statuses per code; members that need such a status are refused (R21, Q1).

    Args:
        results: of the created statuses: `campaign_id`, `source_key` (the label), `outcome`, `code`, `message`.
    """
    refused = results[results["outcome"] == "refused"]
    return [
        _status_problem(str(code), rows.drop_duplicates(["campaign_id", "source_key"]))
        for code, rows in refused.groupby(refused["code"].fillna(ProblemCode.UNKNOWN))
    ]


def _status_problem(code: str, rows: pd.DataFrame) -> Problem:
    public = "statuses refused: " + ", ".join(sorted(rows["source_key"].unique()))
    campaigns = _shortened(list(rows["campaign_id"].unique()), SHOWN_CAMPAIGNS)
    return Problem(
        f"STATUS_{code}",
        Severity.REFUSED,
        len(rows),
        public,
        message=f"{public} (Campaigns {campaigns}): {rows['message'].iloc[0]}",
        remedy_code=code,
    )


def _shortened(ids: list[str], limit: int) -> str:
    return ", ".join(ids[:limit]) + (", ..." if len(ids) > limit else "")
