"""Conversion and merge of records, as users perform them in Salesforce."""

# ruff: noqa: S608 - names of tables and columns come from the schema, not from a request

from typing import Any

from service_sandbox.salesforce.model import ids

SAME_NAME = ("FirstName", "LastName", "Email", "Phone", "MobilePhone", "Title", "LeadSource", "OwnerId")
ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
CONTACT_FROM_LEAD = {**{f"Mailing{name}": name for name in ADDRESS}, **{name: name for name in SAME_NAME}}
"""Field of the new contact to field of the lead."""


def convert(org: Any, lead_id: str, contact_id: str | None, account_id: str | None) -> str:
    """Converts a lead; see `Org.convert_lead`."""
    lead = org.store.get("Lead", ids.canonical(lead_id))
    if lead is None or lead["IsConverted"]:
        raise ValueError(f"lead {lead_id} does not exist or is already converted")
    if contact_id is None:
        account_id = account_id or org.insert("Account", [{"Name": lead["Company"]}])[0]
        contact = {column: lead[source] for column, source in CONTACT_FROM_LEAD.items()}
        if not contact["OwnerId"].startswith("005"):
            contact["OwnerId"] = org.users.admin.id
        contact_id = org.insert("Contact", [{**contact, "AccountId": account_id}])[0]
    contact_id = _canonical(contact_id)
    account_id = account_id or org.store.get("Contact", contact_id)["AccountId"]
    today = org.clock.now().date().isoformat()
    org.edit(lead["Id"], IsConverted=True, ConvertedContactId=contact_id, ConvertedAccountId=account_id,
             ConvertedDate=today, Status="Closed - Converted")  # fmt: skip
    _move_members(org, "LeadId", lead["Id"], contact_id, keep_lead=True)
    return contact_id


def _canonical(record_id: str) -> str:
    canonical = ids.canonical(record_id)
    if canonical is None:
        raise ValueError(f"{record_id} is not a record id")
    return canonical


def merge(org: Any, master: str, loser: str) -> None:
    """Merges two records of one object; see `Org.merge`."""
    kind = org.schema.of_id(loser)
    column = f"{kind.name}Id"
    if kind.name in ("Lead", "Contact"):
        _move_members(org, column, _canonical(loser), _canonical(master), keep_lead=False)
    if kind.name == "Account":
        org.store.execute('UPDATE "Contact" SET AccountId = ? WHERE AccountId = ?', (master, loser))
    org.edit(loser, MasterRecordId=master)
    org.delete(loser)


def _move_members(org: Any, column: str, person: str, other: str, *, keep_lead: bool) -> None:
    """Moves the campaign members of a person to another person, unless that person is already a member."""
    target = "ContactId" if keep_lead else column
    members = org.store.select(f'SELECT * FROM "CampaignMember" WHERE {column} = ? AND IsDeleted = 0', (person,))
    for member in members:
        taken = org.store.scalar(
            f'SELECT 1 FROM "CampaignMember" WHERE {target} = ? AND CampaignId = ? AND IsDeleted = 0',
            (other, member["CampaignId"]),
        )
        if taken:
            org.delete(member["Id"])
        else:
            org.store.update(org.schema["CampaignMember"], member["Id"], {target: other})
    org.update_rollups({member["CampaignId"] for member in members})
