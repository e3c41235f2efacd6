"""Business rules of leads, contacts and campaigns.

The writer calls the hooks of a rule set inside the transaction: `before_create`, `before_update` and `before_delete`
may change the row or raise RecordError, `after` updates other records.
"""

from typing import Any

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.org.operations import Operation
from service_sandbox.salesforce.org.store import Store

Row = dict[str, Any]
CONVERTED = RecordError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


class Rules:
    """Rules of an object without business rules; base class of the others."""

    def __init__(self, org: Any) -> None:
        self.org = org

    @property
    def store(self) -> Store:
        """The records of the org."""
        store: Store = self.org.store
        return store

    def before_create(self, row: Row, context: Any) -> None:
        """Checks a new row and sets derived values."""

    def before_update(self, current: Row, changes: Row, context: Any) -> None:
        """Checks changes to a row and sets derived values."""

    def after(self, row_id: str, row: Row, operation: str, context: Any) -> None:
        """Updates other records; `row` is the new row after creation, or the changes after an update."""

    def before_delete(self, current: Row, context: Any) -> None:
        """Checks whether a row may be deleted."""

    def locked_with(self, row: Row) -> list[str | None]:
        """Returns the ids that a write of this row locks, besides its own id."""
        return []


class PersonRules(Rules):
    """Rules of Lead and Contact: `Name` is composed of first and last name."""

    def before_create(self, row: Row, context: Any) -> None:
        row["Name"] = full_name(row)

    def before_update(self, current: Row, changes: Row, context: Any) -> None:
        if {"FirstName", "LastName"} & changes.keys():
            changes["Name"] = full_name({**current, **changes})


class LeadRules(PersonRules):
    """A converted lead cannot be changed (error code as in several public projects, R16d)."""

    def before_update(self, current: Row, changes: Row, context: Any) -> None:
        if current["IsConverted"] and not context.system:
            raise CONVERTED
        super().before_update(current, changes, context)


class ContactRules(PersonRules):
    """Writing a contact locks its account (Salesforce record-locking cheat sheet)."""

    def locked_with(self, row: Row) -> list[str | None]:
        return [row.get("AccountId")]


class CampaignRules(Rules):
    """A new campaign gets the default member statuses of the org."""

    def before_create(self, row: Row, context: Any) -> None:
        row.update(dict.fromkeys(COUNTS, 0) | dict.fromkeys(AMOUNTS, 0))

    def after(self, row_id: str, row: Row, operation: str, context: Any) -> None:
        if operation != Operation.CREATE:
            return
        sobject = self.org.schema["CampaignMemberStatus"]
        for position, status in enumerate(self.org.default_statuses, start=1):
            new = {"CampaignId": row_id, "SortOrder": position, "IsDeleted": 0, **status}
            self.store.insert(sobject, [{**new, **context.creation_stamps()}])


COUNTS = ("NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts", "NumberOfResponses", "NumberOfOpportunities",
          "NumberOfWonOpportunities")  # fmt: skip
AMOUNTS = ("AmountAllOpportunities", "AmountWonOpportunities")


def full_name(row: Row) -> str:
    """Returns first and last name, separated by a space."""
    return " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)


def update_rollups(store: Store, campaign_ids: set[str], now: str) -> None:
    """Computes the roll-up fields of campaigns, as Salesforce does after each change of a member.

    A roll-up changes SystemModstamp but not LastModifiedDate.
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
            (now, campaign_id, campaign_id),
        )
