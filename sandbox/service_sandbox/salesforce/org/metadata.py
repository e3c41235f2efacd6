"""What a deployment does to an org: custom fields and permission sets described in XML, checked and then saved."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from service_sandbox.salesforce.model.schema import Field
from service_sandbox.salesforce.org.permission_sets import field_problem, object_problem

TYPES = {"Text": "string", "TextArea": "textarea", "LongTextArea": "textarea", "Email": "email", "Phone": "phone",
         "Url": "url", "Checkbox": "boolean", "Number": "double", "Percent": "percent", "Currency": "currency",
         "Date": "date", "DateTime": "datetime", "Picklist": "picklist"}  # fmt: skip
ELEMENTS = {"fullName", "caseSensitive", "defaultValue", "description", "externalId", "inlineHelpText", "label",
            "length", "precision", "required", "scale", "trackHistory", "type", "unique", "valueSet",
            "visibleLines"}  # fmt: skip
LARGEST_TEXT = 255
CUSTOM_FIELDS = 500
_NAME = re.compile(r"[A-Za-z](?!\w*__\w*__c)\w*__c")


@dataclass
class Change:
    """A checked component.

    Attributes:
        problem: why it is refused; "" if it is not.
        created, changed: what saving it does.
        save: saves it.
    """

    problem: str = ""
    created: bool = False
    changed: bool = True
    save: Callable[[], Any] = lambda: None


def check_field(org: Any, full_name: str, element: ET.Element) -> Change:
    """Checks a custom field; an existing one is changed to what the element says."""
    sobject, _, name = full_name.partition(".")
    if org.schema.get(sobject) is None:
        return Change(f"Entity Enumeration Or ID: bad value for restricted picklist field: {sobject}")
    if problem := _field_problem(org, sobject, name, element):
        return Change(problem)
    definition, current = _definition(element), org.schema[sobject].get(name)
    if current is None:
        return Change(created=True, save=lambda: _add(org, sobject, name, definition))
    if current.type != definition["type"]:
        return Change(f"Cannot change field type from {current.type} to {definition['type']}")
    differs = {key: value for key, value in definition.items() if getattr(current, key) != value}
    return Change(changed=bool(differs), save=lambda: vars(current).update(differs))


def _add(org: Any, sobject: str, name: str, definition: dict[str, Any]) -> None:
    item: Field = org.add_field(sobject, name, **definition)
    item.deployed = True


def _field_problem(org: Any, sobject: str, name: str, element: ET.Element) -> str | None:
    kind, length = element.findtext("type") or "", element.findtext("length")
    if unknown := [one.tag for one in element if one.tag not in ELEMENTS]:
        return f"Error parsing file: Element {unknown[0]} invalid at this location in type CustomField"
    if not _NAME.fullmatch(name):
        return f"The field name {name} is not a valid custom field name"
    if not (element.findtext("label") or "").strip():
        return "Must specify a non-empty label for the CustomField"
    if kind not in TYPES:
        return f"'{kind}' is not a valid value for the enum 'FieldType'"
    if kind == "Text" and not length:
        return "Must specify 'length' for a CustomField of type Text"
    if kind == "Text" and not 0 < int(length or 0) <= LARGEST_TEXT:
        return f"Value for length is out of range. Must be between 1 and {LARGEST_TEXT}."
    return _place_problem(org, sobject, name)


def _place_problem(org: Any, sobject: str, name: str) -> str | None:
    """Whether the object admits another field, and one of this name."""
    kind = org.schema[sobject]
    if kind.get(name):
        return None
    if name in org.deployments.get("deleted_fields", {}).get(sobject, ()):
        return f"There is already a field named {name.removesuffix('__c')} on {kind.label}."
    custom = sum(item.custom for item in kind.fields.values())
    if custom >= org.deployments.get("custom_fields", CUSTOM_FIELDS):
        return f"You have reached the maximum number of custom fields on {kind.label}."
    return None


def _definition(element: ET.Element) -> dict[str, Any]:
    found: dict[str, Any] = {"type": TYPES[element.findtext("type") or ""], "label": element.findtext("label")}
    for name, key in (("length", "length"), ("precision", "precision"), ("scale", "scale")):
        if text := element.findtext(name):
            found[key] = int(text)
    for name, key in (("unique", "unique"), ("externalId", "external_id"), ("caseSensitive", "case_sensitive")):
        found[key] = element.findtext(name) == "true"
    if values := [one.findtext("fullName") for one in element.iter("value")]:
        found["values"] = values
        found["restricted"] = element.findtext("valueSet/restricted") == "true"
    return found


def check_permission_set(org: Any, name: str, element: ET.Element, new_fields: set[str]) -> Change:
    """Checks a permission set; it replaces an existing one.

    Args:
        new_fields: fields (`Object.Field`) of the same deployment.
    """
    fields = [_field_row(one) for one in element.findall("fieldPermissions")]
    objects = [_object_row(one) for one in element.findall("objectPermissions")]
    problems = [field_problem(org, row["Field"]) for row in fields if row["Field"] not in new_fields]
    problems += [object_problem(row, objects) for row in objects]
    if problem := next(filter(None, problems), None):
        return Change(problem)
    if not element.findtext("label"):
        return Change("Required field is missing: label")
    system = {one.findtext("name") for one in element.findall("userPermissions") if one.findtext("enabled") == "true"}
    row = {"Name": name, "Label": element.findtext("label"), "Description": element.findtext("description"),
           "PermissionsApiEnabled": int("ApiEnabled" in system)}  # fmt: skip
    sets = org.permission_sets
    return Change(created=sets.find(name) is None, save=lambda: sets.put(row, fields, objects))


def _field_row(element: ET.Element) -> dict[str, Any]:
    name = element.findtext("field") or ""
    return {"SobjectType": name.partition(".")[0], "Field": name, "PermissionsRead": _flag(element, "readable"),
            "PermissionsEdit": _flag(element, "editable")}  # fmt: skip


def _object_row(element: ET.Element) -> dict[str, Any]:
    row: dict[str, Any] = {"SobjectType": element.findtext("object")}
    row |= {f"Permissions{verb}": _flag(element, f"allow{verb}") for verb in ("Read", "Create", "Edit", "Delete")}
    return row | {f"Permissions{verb}AllRecords": _flag(element, f"{verb.lower()}AllRecords")
                  for verb in ("View", "Modify")}  # fmt: skip


def _flag(element: ET.Element, name: str) -> int:
    return int(element.findtext(name) == "true")
