"""The fields that queries filter by, and what the org check says about those that cannot be filtered (field A11).

A field that is encrypted with the probabilistic scheme, and a long text field, cannot be filtered: the query that
needs it would fail in the middle of a run. A test compares the table with the queries in the code.
"""

from __future__ import annotations

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.enums import SObject

ACCOUNT = "Account"
#: Object to the fields in filters of every run.
ALWAYS = {
    SObject.CAMPAIGN: ("Id",),
    SObject.CAMPAIGN_MEMBER_STATUS: ("CampaignId",),
    SObject.CAMPAIGN_MEMBER: ("Id", "CampaignId", "LeadId", "ContactId", "Status"),
    SObject.LEAD: ("Id", "Email", "IsConverted"),
    SObject.CONTACT: ("Id", "Email"),
}
OF_ACCOUNTS = ("Name", "Website")
REMEDY = (
    "remove its encryption or use the deterministic scheme (Salesforce Shield), or name a field of type Text in the "
    "mapping"
)


def described_objects(mapping: Mapping) -> tuple[str, ...]:
    """The objects whose describe a run needs: Accounts only if people are matched to them (Q13)."""
    return (*(str(name) for name in ALWAYS), *([ACCOUNT] if _matches_accounts(mapping) else []))


def filter_problems(org: dict[str, ObjectSchema], mapping: Mapping) -> list[str]:
    """One sentence per field that a query filters by and the org does not let filter, with the remedy.

    Args:
        org: describe results by object.
    """
    missing = [f"{name} is not described yet." for name in described_objects(mapping) if name not in org]
    found = [
        f"{sobject}.{field} cannot be used in a filter, and records are found by it (encrypted or long text): {REMEDY}."
        for sobject, fields in _filtered(mapping).items()
        for field in fields
        if sobject in org and org[sobject].has(field) and not org[sobject].fields[field].filterable
    ]
    return missing + found


def _filtered(mapping: Mapping) -> dict[str, tuple[str, ...]]:
    """Object to the fields in filters, with those that the mapping names."""
    fields: dict[str, tuple[str, ...]] = {str(name): names for name, names in ALWAYS.items()}
    fields[SObject.CAMPAIGN] += (mapping.campaign.external_id,)
    if mapping.people.key_field:
        for sobject in (SObject.LEAD, SObject.CONTACT):
            fields[sobject] += (mapping.people.key_field,)
    return fields | ({ACCOUNT: OF_ACCOUNTS} if _matches_accounts(mapping) else {})


def _matches_accounts(mapping: Mapping) -> bool:
    return mapping.people.create == "contact" and mapping.people.account == "match"
