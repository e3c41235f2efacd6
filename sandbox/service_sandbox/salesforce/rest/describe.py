"""List of objects, and `describe` with the permissions of the user."""

from typing import Any

from service_sandbox.salesforce.model.errors import not_found
from service_sandbox.salesforce.model.schema import Field, SObject
from service_sandbox.salesforce.rest.call import Call, Reply, Router
from service_sandbox.salesforce.soql.child_queries import CHILDREN

SOAP_TYPES = {"boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double", "currency": "xsd:double",
              "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime", "id": "tns:ID",
              "reference": "tns:ID", "address": "urn:address"}  # fmt: skip
ALWAYS_FALSE = (
    "aiPredictionField", "autoNumber", "calculated", "cascadeDelete", "dependentPicklist", "deprecatedAndHidden",
    "displayLocationInDecimal", "formulaTreatNullNumberAsZero", "highScaleNumber", "htmlFormatted",
    "queryByDistance", "restrictedDelete", "searchPrefilterable", "writeRequiresMasterRead",
)  # fmt: skip
EMPTY = (
    "calculatedFormula", "controllerName", "defaultValueFormula", "filteredLookupInfo", "inlineHelpText", "mask",
    "maskType", "referenceTargetField", "relationshipOrder",
)  # fmt: skip


def routes(router: Router) -> None:
    """Adds the routes of this module."""
    router.add("/sobjects", GET=("sobjects", list_objects))
    router.add("/sobjects/{name}/describe", GET=("describe", describe))


def visible(service: Any, call: Call, name: str) -> SObject:
    """Returns an object that the user may read. Raises ApiError 404 otherwise."""
    found: SObject | None = service.org.schema.get(name)
    if found is None or not call.user.rights.may("read", found):
        raise not_found()
    return found


def list_objects(service: Any, call: Call) -> Reply:
    """`GET /sobjects`."""
    call.params()
    listed = [summary(call, one) for one in service.org.schema if call.user.rights.may("read", one)]
    return Reply(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


def summary(call: Call, sobject: SObject) -> dict[str, Any]:
    """Returns an object without fields."""
    rights, root = call.user.rights, f"/services/data/{call.version}/sobjects/{sobject.name}"
    person = sobject.name in ("Lead", "Contact", "Account")
    return {
        "activateable": False, "associateEntityType": None, "associateParentEntity": None,
        "createable": rights.may("create", sobject), "custom": False, "customSetting": False, "deepCloneable": False,
        "deletable": rights.may("delete", sobject), "deprecatedAndHidden": False, "feedEnabled": person,
        "hasSubtypes": False, "isInterface": False, "isSubtype": False, "keyPrefix": sobject.prefix,
        "label": sobject.label, "labelPlural": sobject.plural, "layoutable": not sobject.read_only,
        "mergeable": person, "mruEnabled": person, "name": sobject.name, "queryable": True,
        "replicateable": True, "retrieveable": True, "searchable": person, "triggerable": not sobject.read_only,
        "undeletable": person, "updateable": rights.may("edit", sobject),
        "urls": {"sobject": root, "describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}"},
    }  # fmt: skip


def describe(service: Any, call: Call, name: str) -> Reply:
    """`GET /sobjects/{name}/describe`: an object with all fields visible to the user."""
    call.params()
    sobject = visible(service, call, name)
    fields = [
        field_entry(service, call, sobject, one)
        for one in sobject.fields.values()
        if call.user.rights.can_see(sobject, one)
    ]
    return Reply(200, {"actionOverrides": [], "childRelationships": children(service, sobject),
                       **summary(call, sobject), "fields": fields, "namedLayoutInfos": [],
                       "recordTypeInfos": service.org.record_types.infos(sobject),
                       "sobjectDescribeOption": "FULL", "supportedScopes": []})  # fmt: skip


def children(service: Any, sobject: SObject) -> list[dict[str, Any]]:
    """Returns the child relationships of an object."""
    names = {(parent, child, column): shown for (parent, _), (child, column, shown) in CHILDREN.items()}
    found = ((other, item) for other in service.org.schema for item in other.fields.values() if sobject.name in item.to)
    return [{"cascadeDelete": other.name.startswith("Campaign") and item.name != "ParentId", "childSObject": other.name,
             "deprecatedAndHidden": False, "field": item.name, "junctionIdListNames": [], "junctionReferenceTo": [],
             "relationshipName": names.get((sobject.name, other.name, item.name)), "restrictedDelete": False}
            for other, item in found]  # fmt: skip


def field_entry(service: Any, call: Call, sobject: SObject, item: Field) -> dict[str, Any]:
    """Returns a field in the format of describe."""
    writable = call.user.rights.can_write(sobject, item)
    values = service.org.picklist(sobject, item)
    default = item.default
    if item.type == "boolean":
        default = bool(default)
    length = item.length if item.text else 0
    return {
        **dict.fromkeys(ALWAYS_FALSE, False), **dict.fromkeys(EMPTY),
        "aggregatable": item.has("A"), "byteLength": length if item.type in ("id", "reference") else length * 3,
        "caseSensitive": item.case_sensitive, "compoundFieldName": item.part_of,
        "createable": item.has("C") and writable and call.user.rights.may("create", sobject), "custom": item.custom,
        "defaultValue": default, "defaultedOnCreate": item.has("D"), "digits": item.digits, "encrypted": item.encrypted,
        "externalId": item.external_id, "extraTypeInfo": item.extra, "filterable": item.has("F"),
        "groupable": item.has("G"), "idLookup": item.has("I"), "label": item.label, "length": length,
        "name": item.name, "nameField": item.name_field, "namePointing": len(item.to) > 1, "nillable": item.has("N"),
        "permissionable": item.has("P"),
        "picklistValues": [{"active": True, "defaultValue": value == item.default, "label": value, "validFor": None,
                            "value": value} for value in values],
        "polymorphicForeignKey": len(item.to) > 1, "precision": item.precision, "referenceTo": item.to,
        "relationshipName": item.relationship, "restrictedPicklist": item.restricted, "scale": item.scale,
        "soapType": SOAP_TYPES.get(item.type, "xsd:string"), "sortable": item.has("S"), "type": item.type,
        "unique": item.unique, "updateable": item.has("U") and writable and call.user.rights.may("edit", sobject),
    }  # fmt: skip
