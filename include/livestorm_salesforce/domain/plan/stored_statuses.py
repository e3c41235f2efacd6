"""Compare the statuses that were sent with those that Salesforce stored.

Salesforce replaces a member status that the Campaign does not offer by the Campaign's default, without an error (object
reference, CampaignMember).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.contracts import CHANGES, FIELDS
from livestorm_salesforce.enums import RowOutcome

STATUS = "CampaignMemberStatus"
STATUS_MISSING, STATUS_REPLACED, STATUS_CHANGED = "STATUS_MISSING", "STATUS_REPLACED", "STATUS_CHANGED"
CHANGED_MESSAGE = "CampaignMember.Status: the org changed it to "
REPLACED_MESSAGE = "Salesforce stored the Campaign's default status instead: the Campaign does not offer the status."


@dataclass(frozen=True)
class SentStatuses:
    """Member statuses that Salesforce may have replaced: change_id, record_id, campaign_id, after.

    Attributes:
        of_campaign: in Campaigns of this project, where all members can be compared.
        of_member: in Campaigns with members of other origin, where only the written members are compared.
    """

    of_campaign: pd.DataFrame
    of_member: pd.DataFrame

    @property
    def change_ids(self) -> pd.Series:
        ids: pd.Series = pd.concat([self.of_campaign["change_id"], self.of_member["change_id"]])
        return ids


def campaigns_to_configure(plan: Plan, links: pd.DataFrame) -> pd.DataFrame:
    """Rows of `linked_campaigns` whose statuses the plan changes, one per Campaign; Campaigns without id are left
    out."""
    changes = plan.changes[plan.changes["object"] == STATUS]
    is_planned = links["campaign_ref"].isin(changes["campaign_ref"])
    return links[is_planned & links["campaign_id"].notna()].drop_duplicates("campaign_ref")


def correction_changes(created: pd.DataFrame, corrected: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The result of `diff_statuses` as `changes` and `fields` of a plan."""
    parts = [created.assign(action="create"), corrected.assign(action="update")]
    rows = pd.concat(parts, ignore_index=True)
    rows["change_id"] = rows.groupby(["campaign_ref", "label", "action"]).ngroup().astype("int64")
    reasons = {"reason": "status differs from the mapping", "field_reason": None}
    rows = rows.assign(object=STATUS, source_key=rows["label"], **reasons)
    return rows.drop_duplicates("change_id")[list(CHANGES.columns)], rows[list(FIELDS.columns)]


def without_existing(results: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """Results of statuses without refused creations of statuses that exist: another writer created them.

    Args:
        results: campaign_id, source_key (the label), action, outcome.
        stored: CampaignId, Label.
    """
    exists = _label_key(results["campaign_id"], results["source_key"]).isin(
        _label_key(stored["CampaignId"], stored["Label"])
    )
    refused = (results["outcome"] == RowOutcome.REFUSED) & (results["action"] == "create")
    return results[~(refused & exists)].reset_index(drop=True)


def missing_statuses(plan: Plan, changes: pd.DataFrame, offered: pd.DataFrame) -> pd.DataFrame:
    """Results of members whose status the Campaign does not offer: change_id, outcome, code, message, fields.

    They are refused before they are sent, because a status set by others is never changed (Q2): a replaced one would
    stay. Refused members are sent again in a later run.

    Args:
        offered: the statuses that the load of Campaigns read back: campaign_ref, Label. Members of other Campaigns
            pass.
    """
    sent = _sent_statuses(plan).merge(changes, on="change_id")
    sent = sent[sent["campaign_ref"].isin(offered["campaign_ref"])]
    is_offered = _label_key(sent["campaign_ref"], sent["after"]).isin(
        _label_key(offered["campaign_ref"], offered["Label"])
    )
    rows = sent[~is_offered]
    return rows[["change_id"]].assign(
        outcome=RowOutcome.REFUSED,
        code=STATUS_MISSING,
        message="the Campaign does not offer the status '" + rows["after"] + "'",
        fields="Status",
    )


def statuses_to_verify(
    plan: Plan, changes: pd.DataFrame, results: pd.DataFrame, offered: pd.DataFrame, registered: str
) -> SentStatuses:
    """The written statuses that Salesforce may have replaced: those that are not the Campaign's default.

    Args:
        changes: member changes with `campaign_id`.
        results: change_id, outcome, record_id.
        offered: the statuses that the load of Campaigns read back: campaign_ref, Label, IsDefault.
        registered: label of the first status of the mapping, the default of Campaigns of this project.
    """
    done = results.loc[results["outcome"] == RowOutcome.DONE, ["change_id", "record_id"]]
    sent = _sent_statuses(plan).merge(changes.drop(columns="record_id"), on="change_id").merge(done, on="change_id")
    has_other_default = sent["campaign_ref"].isin(_campaigns_with_other_default(plan, offered, registered))
    is_default = sent["after"].str.lower() == registered.lower()
    return SentStatuses(sent[~has_other_default & ~is_default], sent[has_other_default])


def with_replaced(
    results: pd.DataFrame, sent: SentStatuses, stored: pd.DataFrame, offered: pd.DataFrame
) -> pd.DataFrame:
    """Results in which members with a replaced status are refused.

    Another status that the Campaign offers and that is not its default was set by a flow or trigger: the row is done,
    with the code `STATUS_CHANGED` (field A12).

    Args:
        stored: Id, CampaignId, Status of the members that hold none of the statuses that were sent.
        offered: CampaignId, Label, IsDefault of their Campaigns.
    """
    chosen = offered[normalize.boolean(offered["IsDefault"]) != "true"]
    is_chosen = _label_key(stored["CampaignId"], stored["Status"]).isin(
        _label_key(chosen["CampaignId"], chosen["Label"])
    )
    ids = normalize.long_id(results["record_id"]).where(results["change_id"].isin(sent.change_ids))
    is_replaced, is_changed = ids.isin(stored.loc[~is_chosen, "Id"]), ids.isin(stored.loc[is_chosen, "Id"])
    status = ids.map(stored.drop_duplicates("Id").set_index("Id")["Status"]).astype("str")
    return results.assign(
        outcome=results["outcome"].mask(is_replaced, RowOutcome.REFUSED),
        code=results["code"].mask(is_replaced, STATUS_REPLACED).mask(is_changed, STATUS_CHANGED),
        message=results["message"].mask(is_replaced, REPLACED_MESSAGE).mask(is_changed, CHANGED_MESSAGE + status),
    )


def _sent_statuses(plan: Plan) -> pd.DataFrame:
    return plan.fields[plan.fields["field"] == "Status"]


def _campaigns_with_other_default(plan: Plan, offered: pd.DataFrame, registered: str) -> set[str]:
    """Campaigns whose default is another status: as read back, or linked Campaigns, which keep theirs (Q8)."""
    default = offered[normalize.boolean(offered["IsDefault"]) == "true"]
    others = default.loc[default["Label"].str.lower() != registered.lower(), "campaign_ref"]
    return {*others, *plan.campaigns.loc[plan.campaigns["linked"].astype(bool), "campaign_ref"]}


def _label_key(campaigns: pd.Series, labels: pd.Series) -> pd.Series:
    """Labels are compared without case, as Salesforce does."""
    return campaigns + " " + labels.str.lower()
