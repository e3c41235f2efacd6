"""From one record of a request to a row: fields known and writable, values converted and checked, references real."""

from typing import Any

from service_sandbox.salesforce.errors import Refusal
from service_sandbox.salesforce.schema import Field, SObject
from service_sandbox.salesforce.values import check, convert

Row = dict[str, Any]


class Preparer:
    """Turns payloads into rows for one org; raises Refusal, or WrongType for JSON that the parser refuses."""

    def __init__(self, org: Any):
        self.org = org

    def row(self, sobject: SObject, payload: Row, verb: str, context: Any) -> Row:
        """Checked values for the columns that the payload names."""
        row: Row = {}
        locked = []
        for name, value in payload.items():
            item = sobject.get(name)
            if item is None and (parent := self._parent(sobject, name, value, context)):
                item, value = parent  # noqa: PLW2901 the parent's field and id
            if item is None or not context.user.rights.sees(sobject, item):
                raise no_such_column(sobject, name)
            if not self._writable(sobject, item, verb, context):
                locked.append(item.name)
                continue
            row[item.name] = self._value(item, value, context)
        if locked:
            raise not_writable(locked)
        return row

    def _value(self, item: Field, value: Any, context: Any) -> Any:
        converted = convert(item, value, csv=context.csv)
        if context.system:
            return converted
        checked = check(item, converted)
        if item.type == "reference" and checked is not None:
            self._exists(item, checked)
        return checked

    @staticmethod
    def _writable(sobject: SObject, item: Field, verb: str, context: Any) -> bool:
        if context.system:
            return item.stored
        return item.has("C" if verb == "create" else "U") and context.user.rights.writes(sobject, item)

    def _exists(self, item: Field, record_id: str) -> None:
        target = self.org.schema.of_id(record_id)
        if target is None or target.name not in item.to:
            known = any(name in self.org.schema.objects for name in item.to)
            if target is None or not known:
                raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            message = f"{item.label}: id value of incorrect type: {record_id}"
            raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, [item.name])
        deleted = self.org.deleted_flag(target, record_id)
        if deleted is None:
            raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if deleted:
            raise Refusal("ENTITY_IS_DELETED", "entity is deleted")

    def _parent(self, sobject: SObject, name: str, value: Any, context: Any) -> tuple[Field, str | None] | None:
        """A parent named by its external id: `{"Campaign": {"Key__c": "x"}}`, in CSV a column `Campaign.Key__c`."""
        key = None
        if context.csv and "." in name:
            name, key = name.split(".", 1)
            value = {key: value}
        item = sobject.relationship(name)
        if item is None or not isinstance(value, dict):
            return None
        keys = [one for one in value if one != "attributes"]
        target = self.org.schema.get(item.to[0])
        if len(keys) != 1 or target is None:
            raise Refusal("INVALID_FIELD", f"{name} needs one external id field")
        field = target.get(keys[0])
        if field is None or not (field.external_id or field.has("I")):
            message = f"Field name provided, {keys[0]} is not an External ID or indexed field for {target.name}"
            raise Refusal("INVALID_FIELD", message)
        found = self.org.store.find(target, field, value[keys[0]])
        if not found:
            message = (
                f"Foreign key external ID: {value[keys[0]]} not found for field {field.name} in entity {target.name}"
            )
            raise Refusal("INVALID_FIELD", message)
        return item, found[0]["Id"]

    def defaults(self, sobject: SObject, row: Row, context: Any) -> None:
        """What the org fills in at creation; then what must not be missing any more."""
        for item in sobject.fields.values():
            if item.default is not None and item.name not in row and item.stored:
                row[item.name] = int(item.default) if item.type == "boolean" else item.default
        if (owner := sobject.get("OwnerId")) and not row.get(owner.name):
            row["OwnerId"] = context.user.id
        if sobject.get("IsDeleted"):
            row.setdefault("IsDeleted", 0)
        stamps = context.stamps()
        if "CreatedDate" in row:
            stamps |= dict.fromkeys(("LastModifiedDate", "SystemModstamp"), row["CreatedDate"])
        for column, value in stamps.items():
            row.setdefault(column, value)
        if not context.system:
            self.require(sobject, row)

    def require(self, sobject: SObject, row: Row) -> None:
        """Every required field has a value."""
        missing = [item.name for item in self.org.required_fields(sobject) if row.get(item.name) is None]
        missing += [name for name, value in row.items() if value is None and self._never_null(sobject, name)]
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise Refusal("REQUIRED_FIELD_MISSING", message, missing)

    @staticmethod
    def _never_null(sobject: SObject, name: str) -> bool:
        """Defaulted, but an explicit null would take the default's place."""
        item = sobject.fields[name]
        return item.has("C") and item.has("D") and not item.has("N")

    def require_on_update(self, sobject: SObject, changes: Row) -> None:
        """A field that must have a value may not be emptied, whether or not creation would default it."""
        emptied = [
            name
            for name, value in changes.items()
            if value is None and sobject.fields[name].has("U") and not sobject.fields[name].has("N")
        ]
        if emptied:
            message = f"Required fields are missing: [{', '.join(emptied)}]"
            raise Refusal("REQUIRED_FIELD_MISSING", message, emptied)

    def unique(self, sobject: SObject, row: Row, own_id: str | None) -> None:
        """No other living record has the value of a unique field; nothing is never a duplicate."""
        for name, value in row.items():
            item = sobject.fields[name]
            if not item.unique or value is None:
                continue
            others = [one for one in self.org.store.find(sobject, item, value) if one["Id"] != own_id]
            if others:
                message = f"duplicate value found: {name} duplicates value on record with id: {others[0]['Id'][:15]}"
                raise Refusal("DUPLICATE_VALUE", message)


def no_such_column(sobject: SObject, name: str) -> Refusal:
    """An unknown field, or one hidden by field-level security: the answer is the same."""
    return Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")


def not_writable(names: list[str]) -> Refusal:
    """Fields that exist but may not be set with this call by this user."""
    message = (f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field "
               "and verify that it is read/write for your profile or permission set.")  # fmt: skip
    return Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, names)
