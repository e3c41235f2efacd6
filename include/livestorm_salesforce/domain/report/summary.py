"""The report: counts, problems with remedy, sessions, one verdict."""

from __future__ import annotations

from typing import Any

import pandas as pd

from livestorm_salesforce.config.mapping import ReplayRules
from livestorm_salesforce.domain.report.accounting import BUCKETS
from livestorm_salesforce.problems import remedy

OBJECTS = ("Campaign", "CampaignMemberStatus", "Contact", "Lead", "CampaignMember")
SHOWN_REFUSALS = 500
VERDICTS = {
    "ok": "all is well",
    "problems": "done, with problems that a person should settle",
    "failed": "not finished",
}
Problem = dict[str, Any]


def written_changes(fields: pd.DataFrame) -> pd.DataFrame:
    """One row per record and action, of fields as the audit keeps them: several tries may have written one record."""
    return fields.drop_duplicates(["object", "action", "record_id"])


def object_counts(changes: pd.DataFrame) -> dict[str, dict[str, int]]:
    counts = changes.groupby(["object", "action"]).size()
    return {
        name: {"created": int(counts.get((name, "create"), 0)), "updated": int(counts.get((name, "update"), 0))}
        for name in OBJECTS
    }


def people_counts(people: pd.DataFrame) -> dict[str, int]:
    """How the people of the plan were matched; what became of those not found stands in the counts of objects."""
    counts = people["matched_as"].value_counts()
    return {
        "matched_contact": int(counts.get("contact", 0)),
        "matched_converted_lead": int(counts.get("converted_lead", 0)),
        "matched_lead": int(counts.get("lead", 0)),
        "not_found": int(counts.get("created", 0)),
    }


def status_moves(fields: pd.DataFrame) -> dict[str, int]:
    """How many members went from which status to which."""
    moved = fields[(fields["object"] == "CampaignMember") & (fields["field"] == "Status")]
    words = moved["before"].fillna("new") + " > " + moved["after"]
    return {move: int(count) for move, count in words.value_counts().items()}


def problems_of(accounting: pd.DataFrame, notes: pd.DataFrame, warnings: list[Problem]) -> list[Problem]:
    """Refusals by code, values left out by field, and what the steps before warned of."""
    found = [{"severity": "problem", "count": 1, **warning} for warning in warnings]
    refused = accounting[accounting["bucket"] == "refused"]
    for code, rows in refused.groupby(refused["code"].fillna("UNKNOWN")):
        found.append(
            {
                "severity": "refused",
                "code": str(code),
                "count": len(rows),
                "remedy": remedy(str(code)),
                "public": f"{rows['object'].iloc[0]} refused",  # Salesforce's words quote values: see the refused rows
            }
        )
    not_loaded = accounting["reason"].str.startswith("not loaded")
    if not_loaded.any():
        found.append(
            {"severity": "failed", "code": "NOT_LOADED", "count": int(not_loaded.sum()), "remedy": remedy("NOT_LOADED")}
        )
    for (sobject, field, note), rows in notes.groupby(["object", "field", "note"]):
        found.append(
            {
                "severity": "note",
                "code": "VALUE_CUT" if note.startswith("cut") else "VALUE_LEFT_OUT",
                "count": len(rows),
                "public": f"{sobject}.{field}: {note}",
                "message": f"{sobject}.{field}: {note}",
                "remedy": remedy("VALUE_CUT"),
            }
        )
    return found


def replay_views(fields: pd.DataFrame, replay: ReplayRules | None) -> int:
    """How many members were marked as having watched the replay or the on-demand event."""
    if replay is None:
        return 0
    marked = (fields["field"] == replay.field) & (fields["after"] == replay.watched)
    return int((marked & (fields["object"] == "CampaignMember")).sum())


FORM = {"first_name": "first name", "last_name": "last name", "company": "company"}


def form_warnings(events: pd.DataFrame, sessions: pd.DataFrame) -> list[Problem]:
    """Events in scope whose registration form does not demand what a Lead needs: the fallback steps in (R5)."""
    wanted = events[events["event_id"].isin(sessions.loc[sessions["scope"].astype(bool), "event_id"])]
    forms = wanted["form"].fillna("").str.split(";")
    found = []
    for slug, words in FORM.items():
        lacking = wanted[forms.map(lambda form, slug=slug: bool(form[0]) and slug not in form)]
        if len(lacking):
            told = f"registration forms that do not demand the {words}: without it the fallback is used"
            ids = ", ".join(lacking["event_id"])
            found.append(
                {
                    "code": "FORM_LACKS_FIELD",
                    "severity": "note",
                    "count": len(lacking),
                    "public": told,
                    "message": f"{told} (events {ids})",
                    "remedy": remedy("FORM_LACKS_FIELD"),
                }
            )
    return found


def complete(problem: Problem) -> Problem:
    """`public` may be told anywhere, `message` only in the run folder."""
    return {"public": "", "message": "", **problem}


def verdict_of(problems: list[Problem]) -> str:
    severities = {problem["severity"] for problem in problems}
    if "failed" in severities:
        return "failed"
    return "problems" if severities & {"refused", "problem"} else "ok"


def session_table(
    sessions: pd.DataFrame,
    events: pd.DataFrame,
    links: pd.DataFrame,
    outcomes: pd.DataFrame,
    accounting: pd.DataFrame,
    refused: pd.DataFrame,
) -> pd.DataFrame:
    """One row per session listed: its Campaign or why there is none (R13), and what became of its registrants.

    Args:
        refused: sessions whose Campaign, or a change of it, was refused: session_id, code.
    """
    table = sessions[
        ["session_id", "event_id", "status", "scope", "reason", "read", "read_reason", "deferred", "deferred_reason"]
    ].merge(events[["event_id", "title"]], on="event_id", how="left")
    ids = links.drop_duplicates("session_id").set_index("session_id")["campaign_id"]
    table["campaign_id"] = table["session_id"].map(ids)
    buckets = accounting.groupby(["session_id", "bucket"]).size().unstack(fill_value=0)
    buckets = buckets.reindex(index=table["session_id"], columns=list(BUCKETS), fill_value=0).reset_index(drop=True)
    table = pd.concat([table, buckets], axis=1).assign(registrants=buckets.sum(axis=1))
    unread = outcomes.set_index("session_id")["reason"].reindex(table["session_id"]).fillna("").to_numpy()
    note = table["reason"].where(table["reason"] != "", pd.Series(unread, index=table.index))
    note = note.mask(table["deferred"].astype(bool), "deferred: " + table["deferred_reason"])
    codes = table["session_id"].map(refused.drop_duplicates("session_id").set_index("session_id")["code"])
    note = note.mask(codes.notna(), "Campaign refused: " + codes.astype("str"))
    table["note"] = note.mask(
        (note == "") & ~table["read"].astype(bool) & table["scope"].astype(bool), "not due, not read"
    )
    return table.assign(refusal=codes)


def shown_refusals(accounting: pd.DataFrame) -> list[dict[str, Any]]:
    rows = accounting[accounting["bucket"] == "refused"].head(SHOWN_REFUSALS)
    rows = rows.assign(remedy=rows["code"].map(remedy))
    return rows[["session_id", "person_id", "object", "code", "message", "remedy"]].to_dict("records")
