"""Rules of each object that go beyond its fields: names, campaigns and their statuses, members, converted leads.

A rule set has three hooks, called by the writer inside the transaction: `before_create` and `before_update` may change
the row or raise Refusal, `after` works on what follows from a stored row.
"""

from typing import Any

from service_sandbox.salesforce.errors import Refusal
from service_sandbox.salesforce.store import Store

Row = dict[str, Any]
CONVERTED = Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


class Rules:
    """An object without rules of its own."""

    def __init__(self, org: Any):
        self.org = org

    @property
    def store(self) -> Store:
        """The org's records."""
        return self.org.store

    def before_create(self, row: Row, context: Any) -> None:
        """Last checks and derived values of a new row."""

    def before_update(self, current: Row, changes: Row, context: Any) -> None:
        """Last checks and derived values of changes to a row."""

    def after(self, row_id: str, row: Row, verb: str, context: Any) -> None:
        """What follows from a stored row; `row` is the whole new row at creation, the changes at update."""

    def before_delete(self, current: Row, context: Any) -> None:
        """Whether the row may go."""

    def touches(self, row: Row) -> list[str | None]:
        """Ids that a write of this row locks, besides itself."""
        return []


class PersonRules(Rules):
    """Lead and Contact: `Name` is put together from its parts."""

    def before_create(self, row: Row, context: Any) -> None:
        row["Name"] = full_name(row)

    def before_update(self, current: Row, changes: Row, context: Any) -> None:
        if {"FirstName", "LastName"} & changes.keys():
            changes["Name"] = full_name({**current, **changes})


class LeadRules(PersonRules):
    """A converted lead cannot be written any more (code seen in several projects, R16d)."""

    def before_update(self, current: Row, changes: Row, context: Any) -> None:
        if current["IsConverted"] and not context.system:
            raise CONVERTED
        super().before_update(current, changes, context)


class ContactRules(PersonRules):
    """Writing a contact locks its account (Salesforce's record-locking sheet)."""

    def touches(self, row: Row) -> list[str | None]:
        return [row.get("AccountId")]


class CampaignRules(Rules):
    """A new campaign gets the org's default member statuses."""

    def before_create(self, row: Row, context: Any) -> None:
        row.update(dict.fromkeys(COUNTS, 0) | dict.fromkeys(AMOUNTS, 0))

    def after(self, row_id: str, row: Row, verb: str, context: Any) -> None:
        if verb != "create":
            return
        sobject = self.org.schema["CampaignMemberStatus"]
        for place, status in enumerate(self.org.default_statuses, start=1):
            new = {"CampaignId": row_id, "SortOrder": place, "IsDeleted": 0, **status}
            self.store.insert(sobject, [{**new, **context.stamps()}])


COUNTS = ("NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts", "NumberOfResponses", "NumberOfOpportunities",
          "NumberOfWonOpportunities")  # fmt: skip
AMOUNTS = ("AmountAllOpportunities", "AmountWonOpportunities")


def full_name(row: Row) -> str:
    """First and last name with a blank between."""
    return " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)


def recount(store: Store, campaign_ids: set[str], stamp: str) -> None:
    """Recompute the roll-ups of these campaigns, as Salesforce does at each change of a member.

    A roll-up moves SystemModstamp but not LastModifiedDate.
    """
    for campaign_id in campaign_ids:
        store.execute(
            """UPDATE "Campaign" SET SystemModstamp = ?,
               (NumberOfLeads, NumberOfConvertedLeads, NumberOfContacts, NumberOfResponses) = (
                 SELECT COUNT(CASE WHEN m.ContactId IS NULL THEN 1 END),
                        COUNT(CASE WHEN m.ContactId IS NOT NULL AND m.LeadId IS NOT NULL THEN 1 END),
                        COUNT(m.ContactId), COUNT(CASE WHEN m.HasResponded THEN 1 END)
                 FROM "CampaignMember" m WHERE m.CampaignId = ? AND m.IsDeleted = 0)
               WHERE Id = ?""",
            (stamp, campaign_id, campaign_id),
        )
