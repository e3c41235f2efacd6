"""What a report tells besides counts: values left out, warnings, refused Campaigns, sessions that could not be read."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.domain.plan import org_check
from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.report import summary as words
from livestorm_salesforce.domain.report.accounting import Results
from livestorm_salesforce.domain.sessions import read_schedule
from livestorm_salesforce.domain.sessions.scope import STATUSES
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.tasks.extract import outcomes_of
from livestorm_salesforce.writers import plan_executor, row_sender

SHOWN_CAMPAIGNS = 5
SHOWN = 20  # ids


def notes(plan: Plan, results: pd.DataFrame) -> pd.DataFrame:
    """Values cut or left out before sending, and those the org refused."""
    dropped = results.dropna(subset="dropped").merge(plan.changes, on="change_id")
    dropped = dropped.assign(field=dropped["dropped"].str.split()).explode("field")
    refused = dropped[["object", "source_key", "campaign_ref", "field"]].assign(
        note="value refused by the org: field left out"
    )
    return pd.concat([plan.notes, refused], ignore_index=True)


def warnings(run: TaskRun, plan: Plan, results: Results) -> list[dict[str, Any]]:
    """What the org, the readings and the Campaigns gave to tell, besides the rows."""
    found = [
        {**warning, "severity": "note", "public": warning["message"]}
        for warning in org_check.warnings(run.app.schemas, run.app.mapping)
    ]
    for state, code, severity in (
        ("failed", "SESSION_UNREAD", "problem"),
        ("incomplete", "SESSION_INCOMPLETE", "note"),
        ("gone", "SESSION_GONE", "note"),
    ):
        count = int((outcomes_of(run)["state"] == state).sum())
        if count:
            found.append(
                {
                    "code": code,
                    "count": count,
                    "severity": severity,
                    "message": "",
                    "remedy": words.remedy(code),
                }
            )
    found += words.form_warnings(run.folder.read("events"), run.folder.read("sessions"))
    found += _campaign_refusals(run, plan, results) + _status_refusals(run)
    found += _webhooks_missed(run) + _put_off(run) + _strange(run.folder.read("sessions"))
    document = run.folder.read_json("discover")
    found += _asked_in_vain(document["unknown"]) + _first_of_pair(run) + _not_asked(document.get("deferred_lookups", 0))
    gone = [one for one in document["gone"] if one not in document["unknown"]]
    if gone:
        found.append(
            {
                "code": "SESSION_GONE",
                "count": len(gone),
                "severity": "note",
                "message": " ".join(gone),
                "remedy": words.remedy("SESSION_GONE"),
            }
        )
    return found


def newcomers(run: TaskRun) -> dict[str, int]:
    """New people of sessions that were read before: `told` by webhooks, and found by `calls` alone."""
    outcomes = outcomes_of(run)
    return {"by_webhook": int(outcomes["new_by_webhook"].sum()), "by_calls": int(outcomes["new_by_calls"].sum())}


def _webhooks_missed(run: TaskRun) -> list[dict[str, Any]]:
    """Livestorm ends a subscription after failed deliveries and tells nobody: it shows by what had to be read."""
    count = newcomers(run)
    if not run.app.settings.webhooks or count["by_calls"] <= count["by_webhook"]:
        return []
    told = f"new registrants told by webhooks {count['by_webhook']}, read by calls {count['by_calls']}"
    found = {
        "code": "WEBHOOKS_MISSED",
        "count": count["by_calls"],
        "severity": "note",
        "remedy": words.remedy("WEBHOOKS_MISSED"),
    }
    return [found | {"message": told, "public": told}]


def _put_off(run: TaskRun) -> list[dict[str, Any]]:
    """What waits because Livestorm's calls are short; the note of each session says why."""
    waiting = int(run.folder.read("sessions")["deferred"].sum())
    pressure = run.folder.read_json("discover")["pressure"]
    if not waiting and not pressure:
        return []
    told = f"Livestorm's calls are short: sessions not read by this run {waiting}"
    if pressure:
        told += f", on-demand sessions listed every {_minutes(run, pressure):.0f} minutes"
    if run.app.settings.webhooks and (minutes := _minutes(run, pressure, told=True)):
        told += f" ({minutes:.0f} where webhooks told of one)"
    found = {"code": "READS_DEFERRED", "count": waiting, "severity": "note", "remedy": words.remedy("READS_DEFERRED")}
    return [found | {"message": told, "public": told}]


def _strange(sessions: pd.DataFrame) -> list[dict[str, Any]]:
    """Sessions with a status that is not documented: whether their people belong in the CRM cannot be told."""
    odd = sessions[~sessions["status"].isin(STATUSES)]
    if odd.empty:
        return []
    told = f"sessions without a status that is known: {', '.join(odd['session_id'].head(SHOWN))}"
    found = {"code": "SESSION_STATUS_UNKNOWN", "count": len(odd), "severity": "problem"}
    return [found | {"message": told, "public": told, "remedy": words.remedy("SESSION_STATUS_UNKNOWN")}]


def _minutes(run: TaskRun, pressure: float, *, told: bool = False) -> float:
    return read_schedule.on_demand_wait(run.app.mapping.reading, pressure, told=told) / pd.Timedelta(minutes=1)


def _not_asked(count: int) -> list[dict[str, Any]]:
    """Sessions that webhooks told of, and that this run knows nothing of: their people wait in the inbox."""
    if not count:
        return []
    told = f"sessions that webhooks told of and no list shows, not asked for by this run or not answered: {count}"
    found = {"code": "SESSION_LOOKUP_DEFERRED", "count": count, "severity": "note", "message": told, "public": told}
    return [found | {"remedy": words.remedy("SESSION_LOOKUP_DEFERRED")}]


def _asked_in_vain(unknown: list[str]) -> list[dict[str, Any]]:
    if not unknown:
        return []
    told = f"Livestorm has no session of: {', '.join(unknown[:SHOWN])}"
    found = {
        "code": "UNKNOWN_SESSION_ID",
        "count": len(unknown),
        "severity": "problem",
        "message": told,
        "public": told,
    }
    return [found | {"remedy": words.remedy("UNKNOWN_SESSION_ID")}]


def _first_of_pair(run: TaskRun) -> list[dict[str, Any]]:
    """What is remembered goes by the connections: another login for the same org finds no memory, and an empty audit
    protects no edit."""
    if run.app.state.has("times.json") or len(others := [one for one in run.app.states if one.has("times.json")]) == 0:
        return []
    told = f"first run of these connections; the store remembers {len(others)} other pair(s) of workspace and org"
    found = {"code": "NEW_CONNECTION_PAIR", "count": 1, "severity": "note", "message": told, "public": told}
    return [found | {"remedy": words.remedy("NEW_CONNECTION_PAIR")}]


def refused_campaigns(plan: Plan, results: Results) -> pd.DataFrame:
    """Sessions whose Campaign, or a change of it, was refused: by Salesforce, or before it was sent. Columns
    session_id, code, message, meant: whether somebody deleted it, and it is not to be made again (Q7)."""
    unsent = plan.refusals[plan.refusals["object"] == "Campaign"]
    told = results.campaigns if results.campaigns is not None else row_sender.results_frame([])
    sent = told[told["outcome"] == "refused"].merge(plan.changes[plan.changes["object"] == "Campaign"], on="change_id")
    rows = pd.concat([unsent, sent], ignore_index=True)[["source_key", "code", "message"]]
    rows = rows.rename(columns={"source_key": "session_id"}).astype("str")
    linked = rows["session_id"].isin(plan.campaigns.loc[plan.campaigns["linked"], "session_id"])
    return rows.assign(code=rows["code"].fillna("UNKNOWN"), meant=(rows["code"] == "CAMPAIGN_DELETED") & ~linked)


def _campaign_refusals(run: TaskRun, plan: Plan, results: Results) -> list[dict[str, Any]]:
    """A Campaign that was refused is a problem even when its session has no registrant yet."""
    rows = refused_campaigns(plan, results)
    found = [_campaign_refusal(str(code), some) for code, some in rows[~rows["meant"]].groupby("code")]
    if results.campaigns is None and run.writes:
        return [
            {
                "code": "NOT_LOADED",
                "count": 1,
                "severity": "failed",
                "message": "",
                "remedy": words.remedy("NOT_LOADED"),
            },
            *found,
        ]
    return found


def _campaign_refusal(code: str, rows: pd.DataFrame) -> dict[str, Any]:
    ids = rows["session_id"].tolist()
    public = "of sessions " + ", ".join(ids[:SHOWN]) + (", ..." if len(ids) > SHOWN else "")
    return {
        "code": code if code.startswith("CAMPAIGN_") else f"CAMPAIGN_{code}",
        "count": len(rows),
        "severity": "refused",
        "public": public,
        "message": f"{public}: {rows['message'].iloc[0]}",
        "remedy": words.remedy(code),
    }


def _status_refusals(run: TaskRun) -> list[dict[str, Any]]:
    """A status that the Campaign does not offer now: members that should have it are refused (R21, Q1)."""
    told = plan_executor.read_or_default(run, "statuses-results", row_sender.statuses_frame())
    refused = told[told["outcome"] == "refused"]
    return [
        _status_refusal(str(code), rows.drop_duplicates(["campaign_id", "source_key"]))
        for code, rows in refused.groupby(refused["code"].fillna("UNKNOWN"))
    ]


def _status_refusal(code: str, rows: pd.DataFrame) -> dict[str, Any]:
    public = "statuses refused: " + ", ".join(sorted(rows["source_key"].unique()))
    campaigns = rows["campaign_id"].unique()
    where = ", ".join(campaigns[:SHOWN_CAMPAIGNS]) + (", ..." if len(campaigns) > SHOWN_CAMPAIGNS else "")
    return {
        "code": f"STATUS_{code}",
        "count": len(rows),
        "severity": "refused",
        "public": public,
        "message": f"{public} (Campaigns {where}): {rows['message'].iloc[0]}",
        "remedy": words.remedy(code),
    }


def skipped(accounting: pd.DataFrame) -> dict[str, int]:
    """How many registrants were skipped for each reason."""
    why = accounting.loc[accounting["bucket"] == "skipped", "reason"].value_counts()
    return {str(reason): int(count) for reason, count in why.items()}
