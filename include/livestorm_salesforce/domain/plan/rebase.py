"""An old plan against a fresh one: what is still to be sent of it, and what it was overtaken in. Pure."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.plan import IDENTITY, MEMBER, PEOPLE, Plan
from livestorm_salesforce.domain.shared.joins import isin, lookup


def rebase(plan: Plan, fresh: Plan) -> Plan:
    """Of an old plan, what a fresh one still wants, to the letter: a load may do less than the plan, never more.

    People and Campaigns are the fresh plan's, so that members hang on the records that exist now.
    """
    wanted = plan.fields.merge(plan.changes, on="change_id")
    still = fresh.fields.merge(fresh.changes[["change_id", *IDENTITY]], on="change_id").drop(columns="change_id")
    keys = [*IDENTITY, "field", "after", "before"]
    blank = dict.fromkeys(keys, "")
    kept = wanted.fillna(blank).merge(still[keys].fillna(blank), on=keys, how="inner")
    fields = plan.fields.merge(kept[["change_id", "field"]], on=["change_id", "field"])
    changes = plan.changes[plan.changes["change_id"].isin(fields["change_id"])].reset_index(drop=True)
    return Plan(changes, fields, fresh.people, fresh.campaigns, plan.refusals, plan.notes, fresh.members)


def superseded(planned: Plan, current: Plan, fresh: Plan) -> pd.Series:
    """Numbers of the old plan's changes of people and members after which Salesforce does not hold what it should:
    what they were about was changed meanwhile, and the fresh plan wants something that is not sent, or refuses it.

    Args:
        current: `rebase` of the two: what is sent.
    """
    ours = planned.changes[planned.changes["object"].isin([*PEOPLE, MEMBER])]
    same = lookup(ours["source_key"], fresh.people["email_key"], fresh.people["person"]).astype("str")
    ours = ours.assign(
        source_key=same.fillna(ours["source_key"])
    )  # another of a person's addresses may speak for all by now
    still_open = pd.concat([_whose(_unsent(current, fresh)), _whose(fresh.refusals)], ignore_index=True)
    of_campaign = fresh.refusals["object"] == "Campaign"
    nowhere = isin(ours["campaign_ref"], fresh.refusals.loc[of_campaign, "campaign_ref"])
    nobody = isin(ours["source_key"], fresh.refusals.loc[~of_campaign, "source_key"])
    blocked = (ours["object"] == MEMBER) & (nowhere | nobody)
    return ours.loc[isin(_whose(ours), still_open) | blocked, "change_id"]


def _unsent(current: Plan, fresh: Plan) -> pd.DataFrame:
    """The fields that a fresh plan wants and that are not sent, with their changes' columns."""
    by, blank = [*IDENTITY, "field"], dict.fromkeys(IDENTITY, "")
    wanted, sent = (plan.fields.merge(plan.changes, on="change_id").fillna(blank)[by] for plan in (fresh, current))
    with_key_field = wanted.merge(sent, on=by, how="left", indicator="where")
    return with_key_field[with_key_field["where"] == "left_only"]


def _whose(rows: pd.DataFrame) -> pd.Series:
    """Whose record it is, whichever kind of record the person is by now: a Lead may have become a Contact."""
    kind = rows["object"].where(~rows["object"].isin(PEOPLE), "person")
    return kind + " " + rows["campaign_ref"].fillna("") + " " + rows["source_key"]
