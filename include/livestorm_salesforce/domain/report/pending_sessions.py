"""Sessions that the next run reads again because a row of them is not settled."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.sessions import scope

ROW = ["session_id", "person_id"]
DELETED = "deleted"


def unsettled_sessions(registrations: pd.DataFrame, accounting: pd.DataFrame, quarantine: pd.DataFrame) -> set[str]:
    """Sessions with an eligible registrant who is neither in Salesforce nor in quarantine.

    Args:
        registrations: `is_eligible`, one row per row of `accounting` and in the same order.
        accounting: `accounting.assign_buckets`.
        quarantine: `session_id`, `person_id`.
    """
    pending = accounting[registrations["is_eligible"].to_numpy() & ~accounting["loaded"].to_numpy()]
    unsettled = pending.merge(quarantine[ROW], on=ROW, how="left", indicator="where")
    return set(unsettled.loc[unsettled["where"] == "left_only", "session_id"])


def current_statuses(known: pd.DataFrame, sessions: pd.DataFrame, gone: list[str]) -> pd.DataFrame:
    """Known sessions with the column `now`: the status after this run.

    Args:
        known: `session_id`, `status` as of the last run.
        sessions: sessions as listed by this run.
        gone: ids of sessions that were deleted in Livestorm.
    """
    listed = sessions[sessions["reason"] != scope.NOT_ASKED].set_index("session_id")["status"]
    now = pd.concat([listed, pd.Series(DELETED, index=gone)])
    found = known["session_id"].map(now[~now.index.duplicated()]).astype("str")
    return known.assign(now=found.fillna(known["status"]))


def given_up_sessions(known: pd.DataFrame) -> list[str]:
    """Sessions that were open and are now canceled, not started or deleted, so nobody can attend them any more.

    Args:
        known: `current_statuses`.
    """
    given_up = known["status"].isin(scope.OPEN) & ~known["now"].isin([*scope.OPEN, "past"])
    return list(known.loc[given_up, "session_id"])


def ended_siblings(known: pd.DataFrame, given_up: list[str]) -> list[str]:
    """Sessions that are over and share a Campaign with a session that was given up (Q8)."""
    campaigns = known.loc[known["session_id"].isin(given_up), "campaign_id"].dropna()
    return list(known.loc[(known["now"] == "past") & known["campaign_id"].isin(campaigns), "session_id"])


def sessions_with_no_shows(ended: pd.DataFrame, given_up: pd.DataFrame) -> list[str]:
    """Ended sessions with a registrant whose later session of the same Campaign was given up.

    Such a no-show stayed *Registered* until the later session and becomes *Not Attended* now (Q8).

    Args:
        ended: `session_id`, `person_id` of loaded registrations of ended sessions.
        given_up: `person_id` of loaded registrations of sessions that were given up.
    """
    return list(ended.loc[ended["person_id"].isin(given_up["person_id"]), "session_id"].unique())
