"""Record types that restrict picklists, and several currencies.

Settings of a seed file:

record_types:  [{object: Lead, name: Partner, default: true, picklists: {LeadSource: [Web, Other]}}]
currencies:    [EUR, USD]           the first one is that of the org and of its users

`describe` shows all values of a picklist, whatever the record type; only a write tells that the record type of the
record does not offer a value. The listed picklists are restricted ones: an unrestricted picklist accepts any text.
"""

from typing import Any

from service_sandbox.salesforce.model import ids
from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import Field, SObject

PREFIX = "012"
MASTER = "012000000000000AAA"
FIELD = "RecordTypeId"
CURRENCY = "CurrencyIsoCode"
CURRENCY_OBJECTS = ("Lead", "Contact", "Account", "Campaign", "CampaignMember")
Row = dict[str, Any]


class RecordTypes:
    """The record types of one org. The writer calls `check` for every record that is written through the API."""

    def __init__(self, org: Any) -> None:
        self.org = org
        self.types: dict[str, list[Row]] = {}

    def add(self, sobject: str, name: str, picklists: dict[str, list[str]], *, default: bool = False) -> str:
        """Adds a record type; returns its id.

        Args:
            picklists: offered values by field; other picklists are not limited.
            default: new records of the API user have this type unless they name another one.
        """
        kind = self.org.schema[sobject]
        if sobject not in self.types:
            self.types[sobject] = []
            item = Field(FIELD, "Record Type ID", "reference", "NCUFGSA", length=18, to=["RecordType"])
            item.relationship = "RecordType"
            kind.add(item)
            self.org.store.add_column(kind, item)
        number = sum(len(known) for known in self.types.values()) + 1
        record_id = str(ids.canonical(f"{PREFIX}E0000{number:07d}"))
        for field in picklists:
            kind.fields[field].restricted = True
        self.types[sobject].append({"Id": record_id, "name": name, "picklists": picklists, "default": default})
        return record_id

    def default(self, sobject: SObject) -> str | None:
        """Returns the id of the type of new records; None without a default."""
        return next((one["Id"] for one in self.types.get(sobject.name, ()) if one["default"]), None)

    def check(self, sobject: SObject, row: Row, changes: Row, operation: str, context: Any) -> None:
        """Sets the default type at creation; rejects unknown types and values that the type does not offer."""
        if sobject.name not in self.types:
            return
        if operation == "create" and not row.get(FIELD):
            row[FIELD] = self.default(sobject)
        used = row.get(FIELD)
        kind = next((one for one in self.types[sobject.name] if one["Id"] == used), None)
        if used is None or used == MASTER:
            return
        if kind is None:
            message = f"Record Type ID: this ID value isn't valid for the user: {used}"
            raise RecordError("INVALID_CROSS_REFERENCE_KEY", message, [FIELD])
        for field, offered in kind["picklists"].items():
            value = changes.get(field)
            if value is not None and value not in offered:
                message = f"{sobject.fields[field].label}: bad value for restricted picklist field: {value}"
                raise RecordError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message)  # names no field

    def infos(self, sobject: SObject) -> list[Row]:
        """Returns `recordTypeInfos` of describe."""
        own = self.types.get(sobject.name, [])
        has_default = self.default(sobject) is not None
        return [*(_info(one["Id"], one["name"], default=one["default"]) for one in own),
                _info(MASTER, "Master", default=not has_default, master=True)]  # fmt: skip


def _info(record_id: str, name: str, *, default: bool, master: bool = False) -> Row:
    return {"active": True, "available": True, "defaultRecordTypeMapping": default, "developerName": name,
            "master": master, "name": name, "recordTypeId": record_id, "urls": {}}  # fmt: skip


def enable_currencies(org: Any, codes: list[str]) -> None:
    """Adds the currency of a record to the objects of an org; inactive codes are rejected."""
    for name in CURRENCY_OBJECTS:
        sobject = org.schema[name]
        item = Field(CURRENCY, "Currency ISO Code", "picklist", "CUDFGSA", length=3, restricted=True)
        item.values, item.default = list(codes), codes[0]
        sobject.add(item)
        org.store.add_column(sobject, item)
    org.clear_required_cache()
