"""Data structures of the plan: the state read from Salesforce and the changes to write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields

import pandas as pd

from livestorm_salesforce.enums import SObject

PEOPLE = (SObject.CONTACT, SObject.LEAD)
#: Columns that identify a change across two plans.
IDENTITY = ["object", "source_key", "campaign_ref", "action", "record_id"]
MEMBER_COLUMNS = ["campaign_ref", "email_key", "record_id", "of_record"]


def no_members() -> pd.DataFrame:
    """An empty frame with the columns of `Plan.members`."""
    return pd.DataFrame(columns=MEMBER_COLUMNS, dtype="str")


@dataclass(frozen=True)
class CurrentState:
    """What Salesforce stores for the people and Campaigns of a plan. Every frame may be empty.

    Columns have Salesforce's field names. `campaigns` has `session_id` besides; `contacts`, `leads` and `converted`
    have `email_key`.

    Attributes:
        linked: Id of the Campaigns that the mapping links and that exist.
        converted: Contacts that converted Leads became, read by Id.
        members: Id, CampaignId, LeadId, ContactId, Status and the mapped fields.
        accounts: Id, Name, Website.
        hidden_campaigns: sessions whose Campaign may be hidden from the user of the connection (field C7).
        deleted: e-mail keys of people whose record a user deleted (field A15).
        hidden: e-mail keys of people whose record may be hidden from the user of the connection (field C7).
        followed: e-mail keys of people whose record was found by its stored id: it has another address (field A4, A5).
    """

    campaigns: pd.DataFrame
    statuses: pd.DataFrame
    contacts: pd.DataFrame
    leads: pd.DataFrame
    converted: pd.DataFrame
    members: pd.DataFrame
    accounts: pd.DataFrame
    linked: pd.DataFrame
    hidden_campaigns: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """The changes to write, with a reason each, and the state that they were computed from.

    Attributes:
        changes: one row per record, columns of `contracts.CHANGES`.
        fields: one row per field of a change, columns of `contracts.FIELDS`.
        people: email_key, object, record_id (null: to be created), matched_as, candidates, person (the e-mail key under
            which all addresses of one record are written).
        campaigns: one row per session in scope: campaign_ref, session_id, campaign_id (null: to be created), linked,
            creates, campaign_created.
        refusals: records that cannot be sent, columns of `builder.REFUSAL_COLUMNS`.
        notes: values that were cut or left out, columns of `builder.NOTE_COLUMNS`.
        members: members that exist, columns `MEMBER_COLUMNS`; `of_record` is the Contact or Lead that the member is of.
    """

    changes: pd.DataFrame
    fields: pd.DataFrame
    people: pd.DataFrame
    campaigns: pd.DataFrame
    refusals: pd.DataFrame
    notes: pd.DataFrame
    members: pd.DataFrame = field(default_factory=no_members)

    @classmethod
    def names(cls) -> list[str]:
        """Names of the frames, in order."""
        return [each.name for each in dataclass_fields(cls)]

    def only(self, selects: Callable[[pd.DataFrame], pd.Series]) -> Plan:
        """The plan with the selected changes only; people, Campaigns, members, refusals and notes stay."""
        changes = self.changes[selects(self.changes)].reset_index(drop=True)
        fields = self.fields[self.fields["change_id"].isin(changes["change_id"])].reset_index(drop=True)
        return replace(self, changes=changes, fields=fields)
