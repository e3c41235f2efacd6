"""The Salesforce records of Campaigns and people after a load."""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.plan.model import Plan
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.joins import lookup
from livestorm_salesforce.enums import RowOutcome

#: The field by which a Campaign Member refers to its person.
PERSON_FIELDS = {"Lead": "LeadId", "Contact": "ContactId"}


def linked_campaigns(plan: Plan, results: pd.DataFrame) -> pd.DataFrame:
    """The Campaign of each session: campaign_ref, session_id, campaign_id (null if there is none), campaign_created,
    linked."""
    links = plan.campaigns[["campaign_ref", "session_id", "campaign_id", "campaign_created", "linked"]].copy()
    created = links["session_id"].map(_created_records(plan, results, ["Campaign"]))
    links["campaign_id"] = links["campaign_id"].fillna(normalize.long_id(created))
    return links


def linked_people(plan: Plan, results: pd.DataFrame) -> pd.DataFrame:
    """The record of each person: email_key, object, record_id (null if there is none)."""
    people = plan.people[["email_key", "object", "record_id"]].copy()
    created = people["email_key"].map(_created_records(plan, results, ["Lead", "Contact"]))
    people["record_id"] = people["record_id"].fillna(created.astype("str"))
    return people


def with_record_ids(
    changes: pd.DataFrame, campaigns: pd.DataFrame, planned: pd.DataFrame, loaded: pd.DataFrame
) -> pd.DataFrame:
    """Member changes with `campaign_id`, `person_id` and `person` (object of the person), null where there is none.

    A person's record may be of another object than planned: the load of people may have found a new Contact.

    Args:
        campaigns: `linked_campaigns`.
        planned: people of the plan: email_key, object, record_id.
        loaded: `linked_people`.
    """
    ids = campaigns.drop_duplicates("campaign_ref").set_index("campaign_ref")["campaign_id"]
    people = pd.concat([frame.dropna(subset="record_id") for frame in (planned, loaded)])
    return changes.assign(
        campaign_id=changes["campaign_ref"].map(ids),
        person_id=lookup(changes["source_key"], people["email_key"], people["record_id"]),
        person=lookup(changes["source_key"], people["email_key"], people["object"]),
    )


def parent_fields(changes: pd.DataFrame) -> dict[int, dict[str, str]]:
    """Per change of `with_record_ids` the fields that refer to its Campaign and its person."""
    columns = (changes[name] for name in ("change_id", "campaign_id", "person", "person_id"))
    return {
        change: {"CampaignId": campaign_id, PERSON_FIELDS[sobject]: person}
        for change, campaign_id, sobject, person in zip(*columns, strict=True)
    }


def _created_records(plan: Plan, results: pd.DataFrame, objects: list[str]) -> pd.Series:
    """Record id of each created record, by key."""
    created = plan.changes[(plan.changes["action"] == "create") & plan.changes["object"].isin(objects)]
    done = results[results["outcome"] == RowOutcome.DONE]
    return created.merge(done, on="change_id", suffixes=("", "_new")).set_index("source_key")["record_id_new"]
