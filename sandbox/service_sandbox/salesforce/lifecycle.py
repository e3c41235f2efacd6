"""What people do to leads and contacts in Salesforce itself: convert and merge."""

# ruff: noqa: S608 - names of tables and columns come from the schema, never from a request

from typing import Any

from service_sandbox.salesforce import ids

MOVED = {"MailingStreet": "Street", "MailingCity": "City", "MailingState": "State", "MailingPostalCode": "PostalCode",
         "MailingCountry": "Country", "FirstName": "FirstName", "LastName": "LastName", "Email": "Email",
         "Phone": "Phone", "MobilePhone": "MobilePhone", "Title": "Title", "LeadSource": "LeadSource",
         "OwnerId": "OwnerId"}  # fmt: skip


def convert(org: Any, lead_id: str, contact_id: str | None, account_id: str | None) -> str:
    """Convert a lead; see `Org.convert_lead`."""
    lead = org.store.get("Lead", ids.canonical(lead_id))
    if lead is None or lead["IsConverted"]:
        raise ValueError(f"lead {lead_id} does not exist or is converted already")
    if contact_id is None:
        account_id = account_id or org.insert("Account", [{"Name": lead["Company"]}])[0]
        contact = {column: lead[source] for column, source in MOVED.items()}
        if not contact["OwnerId"].startswith("005"):
            contact["OwnerId"] = org.users.admin.id
        contact_id = org.insert("Contact", [{**contact, "AccountId": account_id}])[0]
    contact_id = ids.canonical(contact_id)
    account_id = account_id or org.store.get("Contact", contact_id)["AccountId"]
    today = org.clock.now().date().isoformat()
    org.edit(lead["Id"], IsConverted=True, ConvertedContactId=contact_id, ConvertedAccountId=account_id,
             ConvertedDate=today, Status="Closed - Converted")  # fmt: skip
    _move_members(org, "LeadId", lead["Id"], contact_id, keep_lead=True)
    return contact_id


def merge(org: Any, master: str, loser: str) -> None:
    """Merge two records of one object; see `Org.merge`."""
    kind = org.schema.of_id(loser)
    column = f"{kind.name}Id"
    if kind.name in ("Lead", "Contact"):
        _move_members(org, column, ids.canonical(loser), ids.canonical(master), keep_lead=False)
    if kind.name == "Account":
        org.store.execute('UPDATE "Contact" SET AccountId = ? WHERE AccountId = ?', (master, loser))
    org.edit(loser, MasterRecordId=master)
    org.delete(loser)


def _move_members(org: Any, column: str, person: str, other: str, *, keep_lead: bool) -> None:
    """Hand a person's members over, unless the other person is a member already."""
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
    org.recount({member["CampaignId"] for member in members})
