"""Whether the user of the connection sees all records of an object: what it does not find may be hidden from it."""

from __future__ import annotations

import logging
from collections.abc import Collection

from livestorm_salesforce.clients.salesforce import Query, SalesforceClient, soql
from livestorm_salesforce.enums import SObject
from livestorm_salesforce.errors import ConfigError, ContractError

log = logging.getLogger(__name__)
#: Field of Organization with the access of all users to an object (Object Reference, Organization).
DEFAULT_ACCESS = {
    SObject.LEAD: "DefaultLeadAccess",
    SObject.CONTACT: "DefaultContactAccess",
    SObject.CAMPAIGN: "DefaultCampaignAccess",
}
VIEW_ALL = "PermissionsViewAllRecords"
#: Values with which every user sees every record. With ControlledByParent a Contact without Account is private.
PUBLIC = frozenset(["Read", "Edit", "ReadEditTransfer", "All"])


def sees_all(client: SalesforceClient, objects: Collection[SObject]) -> dict[SObject, bool | None]:
    """Per object whether no record is hidden from the user: by the organization-wide default, or by View All Records of
    a profile or permission set. None if Salesforce does not tell.

    One to three calls. The permissions of the user can be read with View Setup and Configuration only.

    Args:
        objects: of Lead, Contact and Campaign.
    """
    access = _default_access(client, objects)
    private = [sobject for sobject in objects if access.get(sobject) not in PUBLIC]
    granted = _view_all(client, private) if private else {}
    return {sobject: granted.get(sobject) if sobject in private else True for sobject in objects}


def may_hide(client: SalesforceClient, objects: Collection[SObject]) -> list[SObject]:
    """The objects that Salesforce says are private, and of which the user is not known to see all records.

    None of them where Salesforce does not tell the organization-wide defaults. Costs the calls of `sees_all`.
    """
    access = _default_access(client, objects)
    private = [sobject for sobject in objects if access.get(sobject) and access[sobject] not in PUBLIC]
    granted = _view_all(client, private) if private else {}
    return [sobject for sobject in private if not granted.get(sobject)]


def _default_access(client: SalesforceClient, objects: Collection[SObject]) -> dict[SObject, str]:
    """Organization-wide default per object; empty if Salesforce does not tell."""
    fields = {sobject: DEFAULT_ACCESS[sobject] for sobject in objects}
    try:
        records = client.query(Query("Organization", ["Id", *fields.values()]))
    except (ConfigError, ContractError) as error:
        log.warning("Salesforce does not tell the organization-wide defaults: %s", error.cause)
        return {}
    return {sobject: str(record[field]) for record in records for sobject, field in fields.items() if record.get(field)}


def _view_all(client: SalesforceClient, objects: Collection[SObject]) -> dict[str, bool]:
    """Whether a permission set of the user, its profile included, has View All Records, per object that one names.

    A user who may not read permissions sees none of them, or gets an error.
    """
    user, found = client.user_id(), dict[str, bool]()
    if not user:
        return found
    try:
        assigned = client.query(_query("PermissionSetAssignment", "PermissionSetId", soql.equals("AssigneeId", user)))
        parents = soql.in_list("ParentId", sorted({str(record["PermissionSetId"]) for record in assigned}))
        named = soql.in_list("SobjectType", map(str, objects))
        for record in client.query(_query("ObjectPermissions", "SobjectType", parents, named)):
            name = str(record["SobjectType"])
            found[name] = found.get(name, False) or record[VIEW_ALL] is True
    except (ConfigError, ContractError) as error:
        log.warning("Salesforce does not tell the permissions of the user: %s", error.cause)
    return found


def _query(sobject: str, field: str, *where: soql.Condition) -> Query:
    further = [VIEW_ALL] if sobject == "ObjectPermissions" else []
    return Query(sobject, ["Id", field, *further], where)
