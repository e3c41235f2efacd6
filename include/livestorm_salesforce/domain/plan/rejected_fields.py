"""Which fields of a row Salesforce rejected, and what the rejection means for the row."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from livestorm_salesforce.enums import RowOutcome

PICKLIST, INTEGRITY = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "FIELD_INTEGRITY_EXCEPTION"
#: The type of a field was changed: the code of a row, and that of a whole call.
WRONG_TYPE = ("INVALID_TYPE_ON_FIELD_IN_RECORD", "JSON_PARSER_ERROR")
#: Codes that reject a value, not the row: the row is sent again without the field.
DROPPABLE = {PICKLIST, INTEGRITY, "NUMBER_OUTSIDE_VALID_RANGE", "INVALID_EMAIL_ADDRESS", *WRONG_TYPE}
#: A state is valid only within its country, and names and codes are validated together: all are dropped together.
ADDRESS = (
    "Country", "State", "CountryCode", "StateCode",
    "MailingCountry", "MailingState", "MailingCountryCode", "MailingStateCode",
)  # fmt: skip
#: The record was deleted, merged or converted.
MISSING_RECORD_CODES = {
    "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND", "CANNOT_UPDATE_CONVERTED_LEAD"
}  # fmt: skip
#: The fields by which a row names the record it was matched to.
IDENTIFYING_FIELDS = {"Id", "LeadId", "ContactId", "CampaignId"}
#: Never dropped: people are matched by address, and Salesforce requires the names.
REQUIRED_FIELDS = IDENTIFYING_FIELDS | {"Email", "LastName", "Company", "Name"}


def row_outcome(success: bool, code: str | None, fields: Collection[str], record: Mapping[str, Any]) -> RowOutcome:
    """The outcome of a row from its result.

    Only a matched record can be missing. Other references (Account, owner, parent) come from the mapping: if one of
    them is missing, the next run is refused again, so the row counts as refused and a person must act.

    Args:
        fields: the fields that the error names.
        record: the row that was sent.
    """
    if success:
        return RowOutcome.DONE
    other_references = (set(fields) or {name for name in record if name.endswith("Id")}) - IDENTIFYING_FIELDS
    is_matched = not IDENTIFYING_FIELDS.isdisjoint(record)
    is_missing = code in MISSING_RECORD_CODES and is_matched and not other_references
    return RowOutcome.RECORD_MISSING if is_missing else RowOutcome.REFUSED


def rejected_fields(
    code: str | None, message: str | None, fields: Collection[str], record: Mapping[str, Any]
) -> list[str]:
    """The fields of a record that an error rejects and that the row can be sent without.

    Args:
        fields: the fields that the error names; Salesforce may name none.
    """
    if code not in DROPPABLE:
        return []
    droppable = [name for name in record if name not in REQUIRED_FIELDS]
    named = [name for name in fields if name in droppable]
    if code == PICKLIST and not fields:
        return fields_in_message(message or "", droppable, record)
    if not _rejects_address(code, message or "", fields, named):
        return named
    return [*named, *(name for name in ADDRESS if name in record and name not in named)]


def fields_in_message(message: str, names: list[str], record: Mapping[str, Any]) -> list[str]:
    """The fields to which an error message refers: `Campaign Type: bad value for restricted picklist field: Webinar`.

    If a record type restricts a picklist, the error names no field. Its text is in the user's language; the value at
    its end is the record's (for a multi-select picklist one of them). The label decides between fields of one value.
    """
    holding = [name for name in names if isinstance(record[name], str) and _ends_with(message, record[name])]
    words = re.findall(r"\w+", message.partition(":")[0].lower())
    for start in range(len(words)):  # "Campaign Type" is the label of Campaign's Type
        label = "".join(words[start:])
        if labelled := [name for name in holding or names if _as_label(name) == label]:
            return labelled
    return holding


def is_consequence_of_drop(code: str | None, fields: Collection[str], dropped: Collection[str]) -> bool:
    """Whether an error follows from dropping fields: a required field whose value was rejected is then missing."""
    return code == "REQUIRED_FIELD_MISSING" and not set(fields).isdisjoint(dropped)


def _ends_with(message: str, value: str) -> bool:
    return any(re.search(rf"[:\uff1a]\s*{re.escape(one)}\s*$", message) for one in {value, *value.split(";")} if one)


def _as_label(name: str) -> str:
    return name.removesuffix("__c").replace("_", "").lower()


def _rejects_address(code: str | None, message: str, fields: Collection[str], named: list[str]) -> bool:
    """Whether country or state is rejected. An error that names no field says so in its message, in the user's
    language; country and state are then the most likely fields."""
    if code != INTEGRITY:
        return False
    in_message = not named and (not fields or bool(re.search("countr|state", message, re.IGNORECASE)))
    return in_message or not set(ADDRESS).isdisjoint(fields)
