"""Registrants whose record or Campaign Member a user deleted: not created again unless the mapping says so (A15).
Registrants whose record may be hidden from the user of the connection are not created again either (C7).

Such a row is settled: unchanged, it is not sent again before the next comparison with Salesforce, and every report
counts it.
"""

from __future__ import annotations

import pandas as pd

ROW = ["session_id", "person_id"]
#: Reasons in the accounting, stored with the registration.
RECORD_DELETED = "a user deleted its Lead or Contact: not created again"
MEMBER_DELETED = "a user deleted its Campaign Member: not created again"
RECORD_HIDDEN = "its Lead or Contact is not visible to the user of the connection: not created again"
REASONS = (RECORD_DELETED, MEMBER_DELETED, RECORD_HIDDEN)
COLUMNS = [*ROW, "reason"]


def keep_reasons(registrations: pd.DataFrame, withheld: pd.DataFrame) -> pd.DataFrame:
    """Give unchanged rows the reason of the run that compared them with Salesforce as their `hold_reason`. A row of
    which the person or the member changed is compared again as a whole: its hashes are those of values that Salesforce
    does not hold.

    Args:
        registrations: rows of `quarantine.exclude_quarantined`.
        withheld: stored registrations, columns `COLUMNS`.
    """
    if withheld.empty:
        return registrations
    stored = registrations[ROW].merge(withheld, on=ROW, how="left")["reason"].set_axis(registrations.index)
    is_changed = registrations["person_changed"] | registrations["member_changed"]
    is_withheld = registrations["is_eligible"] & (registrations["hold_reason"] == "") & stored.notna()
    again = is_withheld & is_changed
    return registrations.assign(
        hold_reason=registrations["hold_reason"].mask(is_withheld & ~is_changed, stored).astype("str"),
        person_changed=registrations["person_changed"] | again,
        member_changed=registrations["member_changed"] | again,
    )


def unread(withheld: pd.DataFrame, accounting: pd.DataFrame) -> pd.Series:
    """Reasons of stored registrations that a run did not read.

    Args:
        withheld: stored registrations, columns `COLUMNS`.
        accounting: rows of the run, columns `ROW`.
    """
    both = withheld.merge(accounting[ROW], on=ROW, how="left", indicator="source")
    return both.loc[both["source"] == "left_only", "reason"]
