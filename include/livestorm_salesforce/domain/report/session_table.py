"""One row per listed session: its Campaign or the reason why it has none, and the buckets of its registrants."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.report.accounting import BUCKETS

SESSION_COLUMNS = [
    "session_id", "event_id", "status", "scope", "reason", "read", "read_reason", "deferred", "deferred_reason",
]  # fmt: skip
NOT_DUE = "not due, not read"


def session_table(
    sessions: pd.DataFrame,
    events: pd.DataFrame,
    links: pd.DataFrame,
    outcomes: pd.DataFrame,
    accounting: pd.DataFrame,
    refused: pd.DataFrame,
) -> pd.DataFrame:
    """The sessions of the report (R13).

    Args:
        sessions: sessions as listed, with scope and read decisions.
        events: `event_id`, `title`.
        links: `session_id`, `campaign_id`.
        outcomes: results of reading registrants: `session_id`, `reason`.
        accounting: `accounting.assign_buckets`.
        refused: `campaign_problems.refused_campaigns`.

    Returns:
        `SESSION_COLUMNS`, `title`, `campaign_id`, one count per bucket, `registrants`, `note`, `refusal` (a code).
    """
    table = sessions[SESSION_COLUMNS].merge(events[["event_id", "title"]], on="event_id", how="left")
    table["campaign_id"] = table["session_id"].map(_by_session(links, "campaign_id"))
    table = pd.concat([table, _bucket_counts(table["session_id"], accounting)], axis=1)
    table["refusal"] = table["session_id"].map(_by_session(refused, "code"))
    return table.assign(note=_notes(table, outcomes))


def _by_session(rows: pd.DataFrame, column: str) -> pd.Series:
    return rows.drop_duplicates("session_id").set_index("session_id")[column]


def _bucket_counts(session_ids: pd.Series, accounting: pd.DataFrame) -> pd.DataFrame:
    buckets = accounting.groupby(["session_id", "bucket"]).size().unstack(fill_value=0)
    buckets = buckets.reindex(index=session_ids, columns=list(BUCKETS), fill_value=0).reset_index(drop=True)
    return buckets.assign(registrants=buckets.sum(axis=1))


def _notes(table: pd.DataFrame, outcomes: pd.DataFrame) -> pd.Series:
    unread = outcomes.set_index("session_id")["reason"].reindex(table["session_id"]).fillna("").to_numpy()
    note = table["reason"].where(table["reason"] != "", pd.Series(unread, index=table.index))
    note = note.mask(table["deferred"].astype(bool), "deferred: " + table["deferred_reason"])
    note = note.mask(table["refusal"].notna(), "Campaign refused: " + table["refusal"].astype("str"))
    return note.mask((note == "") & ~table["read"].astype(bool) & table["scope"].astype(bool), NOT_DUE)
