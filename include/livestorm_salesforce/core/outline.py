"""The plan for a person's eyes: one row per field that would change, with the reason."""

from __future__ import annotations

import pandas as pd

from include.livestorm_salesforce.core.plan import Plan

#: Where a cell may begin, before what makes it a formula.
RISKY = r"(^|[;\n\r])(?=[=+\-@\t\r])"
IS_RISKY = r"(?:^|[;\n\r])[=+\-@\t\r]"  # the same for Arrow, which looks at a column at once and does not look ahead
COLUMNS = ["object", "action", "key", "campaign", "record_id", "field", "before", "after", "reason"]


def outline(plan: Plan) -> pd.DataFrame:
    """Columns `COLUMNS`, in the order of loading: Campaigns and statuses, people, members."""
    order = {name: place for place, name in enumerate(("Campaign", "CampaignMemberStatus", "Contact", "Lead"))}
    rows = plan.fields.merge(plan.changes, on="change_id")
    rows["order"] = rows["object"].map(order).fillna(len(order))
    return rows.sort_values(["order", "campaign", "key", "field"], ignore_index=True)[COLUMNS]


def as_csv(plan: Plan) -> str:
    """The outline as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    return spreadsheet(outline(plan))


def spreadsheet(frame: pd.DataFrame) -> str:
    """A frame as CSV that a spreadsheet shows and does not run.

    Where lists are written with semicolons, spreadsheets cut cells there, too, and some do at line breaks.
    """
    rows = frame.astype("str").fillna("")
    for column in rows:
        risky = rows[column].str.contains(IS_RISKY, regex=True)
        rows.loc[risky, column] = rows.loc[risky, column].str.replace(RISKY, r"\1'", regex=True)
    return rows.to_csv(index=False)
