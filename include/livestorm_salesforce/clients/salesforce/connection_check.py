"""The permission check of the *Test* button, with messages for an administrator."""

from __future__ import annotations

from typing import Any

from livestorm_salesforce.clients.salesforce.client import SalesforceClient

WRITTEN = ("Lead", "Contact", "Campaign", "CampaignMember", "CampaignMemberStatus")
#: Objects that only a user with the feature licence "Marketing User" may write.
MARKETING = ("Campaign", "CampaignMemberStatus")
#: Custom fields by their default names; mapping.yaml may name others.
CUSTOM_FIELDS = {"Campaign": "Livestorm_Session_Id__c", "CampaignMember": "Livestorm_Replay_Status__c"}


def check_rights(client: SalesforceClient) -> tuple[bool, str]:
    """Describe the five objects as this user. Seven calls at most; no record is read.

    Returns:
        True if the permissions are sufficient, and a message with the missing ones.
    """
    known = client.versions()
    if known and client.version not in known:
        return (
            False,
            f"This org supports API versions up to {known[-1]}, not {client.version}: set the extra 'version'.",
        )
    missing: list[str] = []
    notes: list[str] = []
    for name in WRITTEN:
        described = client.find_object(name)
        if described is None:
            missing.append(f"{name} is hidden from this user{_marketing(name)}")
            continue
        missing += _rights_missing(name, described)
        custom = CUSTOM_FIELDS.get(name)
        if custom and all(field.get("name") != custom for field in described["fields"]):
            notes.append(f"{name} has no field {custom} that this user can see (fine if mapping.yaml names another)")
    note = f" Note: {'; '.join(notes)}." if notes else ""
    if missing:
        return False, f"The login works, but rights are missing: {'; '.join(missing)}.{note}"
    return True, f"The login works and the user may write Leads, Contacts, Campaigns and members.{note}"


def _rights_missing(name: str, described: dict[str, Any]) -> list[str]:
    rights = ("createable",) if name == "CampaignMemberStatus" else ("createable", "updateable")
    lacking = [right for right in rights if not described.get(right)]
    words = {"createable": "create", "updateable": "edit"}
    return [f"no right to {' and '.join(words[item] for item in lacking)} {name}{_marketing(name)}"] if lacking else []


def _marketing(name: str) -> str:
    return " (tick 'Marketing User' on the user and give the right in the permission set)" if name in MARKETING else ""
