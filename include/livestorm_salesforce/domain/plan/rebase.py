"""Rebases a plan on a newer one: which changes remain, and which are superseded."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.deleted_members import deleted_members
from livestorm_salesforce.domain.plan.matching import WITHHELD
from livestorm_salesforce.domain.plan.model import IDENTITY, PEOPLE, Plan
from livestorm_salesforce.domain.shared.joins import isin, lookup
from livestorm_salesforce.enums import Action, SObject


def rebase(plan: Plan, fresh: Plan) -> Plan:
    """The fields of a plan that a newer plan contains with the same values: a load may apply less than the plan, never
    more.

    People, Campaigns and members are those of the newer plan, so that members refer to the records that exist now.
    """
    planned = plan.fields.merge(plan.changes, on="change_id")
    required = fresh.fields.merge(fresh.changes[["change_id", *IDENTITY]], on="change_id").drop(columns="change_id")
    keys = [*IDENTITY, "field", "after", "before"]
    blank = dict.fromkeys(keys, "")
    kept = planned.fillna(blank).merge(required[keys].fillna(blank), on=keys, how="inner")
    fields = plan.fields.merge(kept[["change_id", "field"]], on=["change_id", "field"])
    fields = fields[~fields["change_id"].isin(_other_creations(planned.fillna(blank), required.fillna(blank)))]
    changes = plan.changes[plan.changes["change_id"].isin(fields["change_id"])].reset_index(drop=True)
    return Plan(changes, fields, fresh.people, fresh.campaigns, plan.refusals, plan.notes, fresh.members)


def _other_creations(planned: pd.DataFrame, required: pd.DataFrame) -> pd.Series:
    """Ids of creations that the newer plan makes with another value, for example of a mapping that was changed since.

    Without the value, a record would lack a required field, or a member its status.
    """
    both = planned.merge(required, on=[*IDENTITY, "field"], suffixes=("", "_now"))
    return both.loc[(both["action"] == Action.CREATE) & (both["after"] != both["after_now"]), "change_id"]


def superseded(planned: Plan, current: Plan, fresh: Plan) -> pd.Series:
    """Ids of planned changes of people and members after which Salesforce does not contain the desired state: the newer
    plan requires a change of the same record that is not sent, or refuses it, or a user deleted the record.

    Args:
        planned: the old plan.
        current: the old plan rebased on `fresh`: what is sent.
        fresh: the newer plan.
    """
    changes = planned.changes[planned.changes["object"].isin([*PEOPLE, SObject.CAMPAIGN_MEMBER])]
    person = lookup(changes["source_key"], fresh.people["email_key"], fresh.people["person"]).astype("str")
    changes = changes.assign(source_key=person.fillna(changes["source_key"]))  # the person's key may have changed
    refusals = fresh.refusals
    still_open = pd.concat(
        [_owner(_unsent(current, fresh)), _owner(refusals), _owner(_withheld(fresh))], ignore_index=True
    )
    of_campaign = refusals["object"] == SObject.CAMPAIGN
    campaign_refused = isin(changes["campaign_ref"], refusals.loc[of_campaign, "campaign_ref"])
    person_refused = isin(changes["source_key"], refusals.loc[~of_campaign, "source_key"])
    blocked = (changes["object"] == SObject.CAMPAIGN_MEMBER) & (campaign_refused | person_refused)
    return changes.loc[isin(_owner(changes), still_open) | blocked, "change_id"]


def _withheld(fresh: Plan) -> pd.DataFrame:
    """People and members that a user deleted or that are hidden, so that the newer plan has no change of them."""
    people = fresh.people.loc[fresh.people["matched_as"].isin(WITHHELD), ["object", "person"]]
    people = people.rename(columns={"person": "source_key"}).assign(campaign_ref="")
    members = deleted_members(fresh).assign(object=str(SObject.CAMPAIGN_MEMBER))
    return pd.concat([people, members], ignore_index=True)


def _unsent(current: Plan, fresh: Plan) -> pd.DataFrame:
    """Fields of the newer plan that are not sent: columns `IDENTITY` and field."""
    by, blank = [*IDENTITY, "field"], dict.fromkeys(IDENTITY, "")
    required, sent = (plan.fields.merge(plan.changes, on="change_id").fillna(blank)[by] for plan in (fresh, current))
    both = required.merge(sent, on=by, how="left", indicator="source")
    return both[both["source"] == "left_only"]


def _owner(rows: pd.DataFrame) -> pd.Series:
    """Person or member of each row, independent of the object: a Lead may have become a Contact."""
    kind = rows["object"].where(~rows["object"].isin(PEOPLE), "person")
    return kind + " " + rows["campaign_ref"].fillna("") + " " + rows["source_key"]
